import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo } from 'react';

import type { AccuracyOut, ForecastAnswer } from '~/api/generated';
import { Chart } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Legend, NothingHere, Panel, type PanelState } from '~/parts/Panel';
import { TableCsv } from '~/parts/TableCsv';

import { labelledByDay } from './dayTicks';
import { forecastOption } from './forecastOption';
import classes from './Plan.module.css';
import type { PlanState } from './planState';
import { most, totalCalls } from './summary';

const HEIGHT = 300;

interface Props {
  plan: PlanState;
  data: ForecastAnswer | undefined;
  state: Omit<PanelState, 'empty'>;
}

export function ForecastPanel({ plan, data, state }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const points = useMemo(() => data?.points ?? [], [data]);
  const peak = most(points, ({ value }) => value);
  const names = useMemo(() => ({ value: t`Previstas`, band: t`Banda del 80 %` }), [t]);
  const option = useCallback(
    (colours: ChartColours) =>
      labelledByDay(
        forecastOption(
          {
            points: points.map((point) => ({
              ...point,
              short: format.bucketShort(point.time, plan.numbers.days === 1 ? plan.interval : 'day'),
              long: format.bucket(point.time, plan.interval),
            })),
            names,
            write: format.decimal,
          },
          colours,
        ),
        points.map(({ time }) => time),
        format.zone,
      ),
    [points, format, names, plan.interval, plan.numbers.days],
  );
  return (
    <Panel
      area="forecast"
      title={<Trans>Llamadas que se esperan</Trans>}
      caption={
        peak && (
          <Trans>
            Máximo de {format.integer(peak.value)} ({format.bucket(peak.time, plan.interval)}); ocho de cada
            diez intervalos caen en la banda.
          </Trans>
        )
      }
      legend={
        <Legend
          items={[
            { label: names.value, tone: 'volume', line: true },
            { label: names.band, tone: 'band' },
          ]}
        />
      }
      state={{ ...state, empty: data !== undefined && totalCalls(points) === null }}
      height={HEIGHT}
      fileName={`iact-${plan.start}-${t`prevision`}`}
      empty={
        <NothingHere>
          <Trans>Falta historia para prever estos días: hacen falta varias semanas con llamadas.</Trans>
        </NothingHere>
      }
      chart={() => (
        <>
          <Chart
            option={option}
            label={t`Previsión de llamadas; los números están en la tabla.`}
            height={HEIGHT}
          />
          {data && <Accuracy accuracy={data.accuracy} />}
        </>
      )}
      table={() => <ForecastTable plan={plan} points={points} />}
      csv={
        <TableCsv
          fileName={`iact-${plan.start}-${t`prevision`}`}
          columns={['time', 'kind', 'value', 'low', 'high']}
          rows={points.map(({ time, kind, value, low, high }) => [time, kind, value, low, high])}
        />
      }
    />
  );
}

/** What the method was worth on weeks that it had not seen. */
function Accuracy({ accuracy }: { accuracy: AccuracyOut }) {
  const { t } = useLingui();
  const format = useFormat();
  const figures: [string, string, string][] = [
    ['folds', t`Semanas comprobadas`, format.integer(accuracy.folds)],
    ['wape', t`Error por intervalo`, format.percent(accuracy.wape_interval)],
    ['baseline', t`El de la media de 4 semanas`, format.percent(accuracy.baseline_wape_interval)],
    ['day', t`Error por día`, format.percent(accuracy.wape_day)],
    ['bias', t`Sesgo`, format.change(accuracy.bias)],
    ['coverage', t`Dentro de la banda`, format.percent(accuracy.coverage)],
  ];
  return (
    <dl className={classes.figures} aria-label={t`Comprobación con semanas pasadas`}>
      {figures.map(([name, label, value]) => (
        <div key={name} data-figure={name}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ForecastTable({ plan, points }: { plan: PlanState; points: ForecastAnswer['points'] }) {
  const { t } = useLingui();
  const format = useFormat();
  const kinds = { open: t`Abierto`, closed: t`Cerrado`, holiday: t`Festivo` };
  return (
    <DataTable
      label={t`Llamadas previstas por intervalo`}
      rows={points}
      rowKey={({ time }) => time}
      columns={[
        { key: 'time', label: t`Intervalo`, cell: ({ time }) => format.bucket(time, plan.interval) },
        { key: 'value', label: t`Previstas`, numeric: true, cell: ({ value }) => format.decimal(value) },
        { key: 'low', label: t`Desde`, numeric: true, cell: ({ low }) => format.decimal(low) },
        { key: 'high', label: t`Hasta`, numeric: true, cell: ({ high }) => format.decimal(high) },
        { key: 'kind', label: t`Horario`, wideOnly: true, cell: ({ kind }) => kinds[kind] },
      ]}
    />
  );
}
