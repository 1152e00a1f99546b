import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo } from 'react';

import type { StaffingAnswer, StaffingPoint } from '~/api/generated';
import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { trendOption } from '~/charts/trend';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel, type PanelState } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { TableCsv } from '~/parts/TableCsv';

import { labelledByDay } from './dayTicks';
import { metricOf, type PlanState } from './planState';
import { most } from './summary';

const HEIGHT = 300;
const COLUMNS = [
  'time',
  'calls',
  'agents',
  'rostered',
  'service_level',
  'asa_s',
  'occupancy',
  'p_wait',
  'p_abandon',
] as const;

interface Props {
  plan: PlanState;
  asked: boolean;
  data: StaffingAnswer | undefined;
  state: Omit<PanelState, 'empty'>;
}

export function StaffingPanel({ plan, asked, data, state }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const points = useMemo(() => data?.points ?? [], [data]);
  const names = useMemo(
    () => ({ agents: t`En su puesto`, away: t`Fuera de puesto`, level: t`Nivel de servicio` }),
    [t],
  );
  const option = useStaffingOption(plan, points, names);
  const peak = most(points, ({ rostered }) => rostered);
  const fileName = `iact-${plan.start}-${t`personal`}`;
  return (
    <Panel
      area="staffing"
      title={<Trans>Cuánta gente hace falta</Trans>}
      caption={
        peak && (
          <>
            <Trans>
              Hasta {format.integer(peak.rostered)} en nómina para {format.integer(peak.agents)} en su puesto
              ({format.bucket(peak.time, plan.interval)}).
            </Trans>{' '}
            {metricOf(plan) === 'calls' && (
              <Trans>Como si un agente atendiera también las que terminan en el IVR.</Trans>
            )}
          </>
        )
      }
      legend={
        <Legend
          items={[
            { label: names.agents, tone: 'volume' },
            { label: names.away, tone: 'other' },
            { label: names.level, tone: 'loss', line: true },
          ]}
        />
      }
      state={{ ...state, empty: !asked || (data !== undefined && !peak) }}
      height={HEIGHT}
      fileName={fileName}
      empty={<Nothing plan={plan} asked={asked} />}
      chart={() => (
        <Chart
          option={option}
          label={t`Personal por intervalo; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <StaffingTable plan={plan} points={points} />}
      csv={
        <TableCsv
          fileName={fileName}
          columns={[...COLUMNS]}
          rows={points.map((point) => COLUMNS.map((name) => point[name]))}
        />
      }
    />
  );
}

function Nothing({ plan, asked }: { plan: PlanState; asked: boolean }) {
  if (asked) {
    return (
      <EmptyState title={<Trans>No hace falta nadie</Trans>}>
        <Trans>En estos días no se esperan llamadas.</Trans>
      </EmptyState>
    );
  }
  if (plan.interval === 'day') {
    return (
      <EmptyState title={<Trans>El personal se planea por horas</Trans>}>
        <Trans>Elija intervalos de 15 minutos, 30 minutos o una hora.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={<Trans>Falta el tiempo por llamada</Trans>}>
      <Trans>Ninguna cola lo mide; escríbalo en los supuestos, y con Erlang A también la paciencia.</Trans>
    </EmptyState>
  );
}

type Names = Record<'agents' | 'away' | 'level', string>;

function useStaffingOption(plan: PlanState, points: StaffingPoint[], names: Names) {
  const format = useFormat();
  return useCallback(
    (colours: ChartColours, { width }: ChartSize) =>
      labelledByDay(
        trendOption(
          {
            buckets: points.map(({ time }) => ({
              short: format.bucketShort(time, plan.numbers.days === 1 ? plan.interval : 'day'),
              long: format.bucket(time, plan.interval),
              partial: false,
            })),
            bars: [
              { name: names.agents, tone: 'volume', values: points.map(({ agents }) => agents) },
              { name: names.away, tone: 'other', values: points.map(awayOf) },
            ],
            line: {
              name: names.level,
              values: points.map(({ calls, service_level }) => (calls ? service_level : null)),
            },
            writeCount: format.integer,
            writeCompact: format.compact,
            writeRatio: format.percent,
            writeRatioShort: format.share,
          },
          colours,
          width,
        ),
        points.map(({ time }) => time),
        format.zone,
      ),
    [points, format, names, plan.interval, plan.numbers.days],
  );
}

function awayOf({ agents, rostered }: StaffingPoint): number | null {
  return agents === null || rostered === null ? null : rostered - agents;
}

function StaffingTable({ plan, points }: { plan: PlanState; points: StaffingPoint[] }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <DataTable
      label={t`Personal por intervalo`}
      rows={points}
      rowKey={({ time }) => time}
      columns={[
        { key: 'time', label: t`Intervalo`, cell: ({ time }) => format.bucket(time, plan.interval) },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: ({ calls }) => format.decimal(calls) },
        {
          key: 'agents',
          label: t`En su puesto`,
          numeric: true,
          cell: ({ agents }) => format.integer(agents),
        },
        {
          key: 'rostered',
          label: t`En nómina`,
          numeric: true,
          cell: ({ rostered }) => format.integer(rostered),
        },
        { key: 'sl', label: t`NS`, numeric: true, cell: (point) => format.percent(point.service_level) },
        {
          key: 'asa',
          label: t`ASA`,
          numeric: true,
          wideOnly: true,
          cell: ({ asa_s }) => format.clock(asa_s),
        },
        {
          key: 'occupancy',
          label: t`Ocupación`,
          numeric: true,
          wideOnly: true,
          cell: ({ occupancy }) => format.percent(occupancy),
        },
        {
          key: 'abandon',
          label: t`Abandono`,
          numeric: true,
          wideOnly: true,
          cell: ({ p_abandon }) => format.percent(p_abandon),
        },
      ]}
    />
  );
}
