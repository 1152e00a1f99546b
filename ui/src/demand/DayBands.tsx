import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useCallback } from 'react';

import { bandOption } from '~/charts/band';
import { Chart } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { useFormat } from '~/format/useFormat';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { useScope } from '~/overview/scope';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';

import type { DayPoint } from './expected';
import { DAYS_MAX, type useDays } from './useDemand';

const HEIGHT = 280;

export function DayBands({ days }: { days: ReturnType<typeof useDays> }) {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const { points, request, state } = days;
  const names = {
    value: t`Llamadas`,
    band: t`Habitual (p10 a p90)`,
    middle: t`Mediana`,
    holiday: t`Festivo`,
  };
  const option = useCallback(
    (colours: ChartColours) =>
      bandOption(
        {
          points: points.map(({ day, calls, expected, unusual, holiday }) => ({
            short: format.dayShort(day),
            long: holiday ? `${format.dayLong(day)} · ${names.holiday}` : format.dayLong(day),
            value: calls,
            low: expected?.low ?? null,
            middle: expected?.middle ?? null,
            high: expected?.high ?? null,
            unusual,
          })),
          names: { value: names.value, band: names.band, middle: names.middle },
          write: format.integer,
          writeAxis: format.compact,
        },
        colours,
      ),
    [points, format, names.value, names.band, names.middle, names.holiday],
  );
  return (
    <Panel
      area="days"
      title={<Trans>Día a día, frente a lo habitual</Trans>}
      caption={<Caption points={points} />}
      legend={
        <Legend
          items={[
            { label: names.value, tone: 'volume', line: true },
            { label: names.band, tone: 'band' },
            { label: t`Atípico`, tone: 'unusual' },
          ]}
        />
      }
      state={{ ...state, empty: !points.some(({ calls }) => calls > 0) }}
      height={HEIGHT}
      empty={<Empty />}
      fileName={`iact-${scope.period.first}-${scope.period.last}-${t`dias`}`}
      chart={() => (
        <Chart
          option={option}
          label={t`Llamadas por día y banda habitual; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <DayTable points={points} label={t`Llamadas por día y lo habitual`} />}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`dias`}`}
        />
      }
    />
  );
}

function Caption({ points }: { points: DayPoint[] }) {
  const { period } = useScope();
  const judged = points.filter(({ expected, holiday }) => expected !== null && !holiday);
  const holidays = points.filter(({ holiday }) => holiday).length;
  const within = judged.filter(
    ({ calls, expected }) => expected && calls >= expected.low && calls <= expected.high,
  );
  if (judged.length === 0) {
    return <Trans>Todavía no hay cuatro semanas anteriores con las que comparar.</Trans>;
  }
  return (
    <>
      <Trans>
        {within.length} de {judged.length} días dentro de la banda (p10 a p90) del mismo día de la semana en
        las 8 semanas anteriores.
      </Trans>
      {holidays > 0 && (
        <>
          {' '}
          <Plural value={holidays} one="# festivo, aparte." other="# festivos, aparte." />
        </>
      )}
      {period.days > DAYS_MAX && (
        <>
          {' '}
          <Trans>Se muestran los últimos {DAYS_MAX} días.</Trans>
        </>
      )}
    </>
  );
}

function DayTable({ points, label }: { points: DayPoint[]; label: string }) {
  const { t } = useLingui();
  const format = useFormat();
  const of = (part: 'low' | 'middle' | 'high') => (point: DayPoint) =>
    format.integer(point.expected?.[part] ?? null);
  return (
    <DataTable
      label={label}
      rows={points}
      rowKey={({ day }) => day}
      columns={[
        { key: 'day', label: t`Día`, cell: ({ day }) => format.dayLong(day) },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: ({ calls }) => format.integer(calls) },
        { key: 'low', label: 'p10', numeric: true, wideOnly: true, cell: of('low') },
        { key: 'middle', label: t`Mediana`, numeric: true, cell: of('middle') },
        { key: 'high', label: 'p90', numeric: true, wideOnly: true, cell: of('high') },
        {
          key: 'unusual',
          label: t`Atípico`,
          cell: ({ unusual, holiday }) => (holiday ? t`Festivo` : unusual ? t`Sí` : '·'),
        },
      ]}
    />
  );
}
