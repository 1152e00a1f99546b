import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';

import type { ForecastAnswer, StaffingAnswer } from '~/api/generated';
import { useFormat } from '~/format/useFormat';

import classes from './Plan.module.css';
import { metricOf, type PlanState } from './planState';
import { expectedLevel, most, totalCalls } from './summary';

interface Props {
  plan: PlanState;
  forecast: ForecastAnswer | undefined;
  staffing: StaffingAnswer | undefined;
}

export function PlanTiles({ plan, forecast, staffing }: Props) {
  return (
    <div className={classes.tiles}>
      <CallsTile plan={plan} forecast={forecast} />
      <StaffTiles plan={plan} staffing={staffing} />
    </div>
  );
}

function CallsTile({ plan, forecast }: Omit<Props, 'staffing'>) {
  const { t } = useLingui();
  const format = useFormat();
  const total = totalCalls(forecast?.points ?? []);
  const titles = {
    transferred: t`Transferidas previstas`,
    calls: t`Llamadas previstas`,
    offered: t`Ofrecidas previstas`,
  };
  return (
    <Tile name="calls" title={titles[metricOf(plan)]} value={format.integer(total)}>
      {forecast?.history_from && forecast.history_to && (
        <Trans>aprendidas de {format.dayRange(forecast.history_from, forecast.history_to)}</Trans>
      )}
    </Tile>
  );
}

function StaffTiles({ plan, staffing }: Omit<Props, 'forecast'>) {
  const { t } = useLingui();
  const format = useFormat();
  const points = staffing?.points ?? [];
  const peak = most(points, ({ agents }) => agents);
  const level = expectedLevel(points);
  return (
    <>
      <Tile name="peak" title={t`Agentes en la punta`} value={format.integer(peak?.agents)}>
        {peak && format.bucket(peak.time, plan.interval)}
      </Tile>
      <Tile name="hours" title={t`Horas a pagar`} value={format.integer(staffing?.rostered_hours)}>
        {staffing && <Trans>{format.integer(staffing.agents_hours)} en su puesto</Trans>}
      </Tile>
      <Tile name="level" title={t`Nivel de servicio esperado`} value={format.percent(level)}>
        {staffing && <Trans>en {format.duration(staffing.target.threshold_s)}, de todas las llamadas</Trans>}
      </Tile>
    </>
  );
}

interface TileProps {
  name: string;
  title: string;
  value: string;
  children: ReactNode;
}

function Tile({ name, title, value, children }: TileProps) {
  return (
    <section className={classes.tile} data-plan={name}>
      <h2>{title}</h2>
      <strong data-value>{value}</strong>
      <small>{children}</small>
    </section>
  );
}
