import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback } from 'react';

import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { type TrendData, trendOption } from '~/charts/trend';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';
import type { Granularity } from '~/period/presets';

import { CsvButton } from './CsvButton';
import { Empty } from './Empty';
import { useScope } from './scope';
import { type Bucket, drawnRate, known, RATE_CALLS_MIN, type useTrend } from './useTrend';
import { useGranularityNames } from './words';

const HEIGHT = 300;

/** Beyond the chart's own: the shapes in the tiles. Distinct callers are kept by day and by month. */
export function trendMetrics(granularity: Granularity): string[] {
  const shapes = ['calls', 'abandoned', 'abandoned_rate', 'duration_s_p50', 'ended_in_ivr'];
  return granularity === 'day' || granularity === 'month' ? [...shapes, 'unique_callers'] : shapes;
}

export function LegacyTrend({ trend }: { trend: ReturnType<typeof useTrend> }) {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const { buckets, request, state } = trend;
  const names = { calls: t`Llamadas`, rate: t`Abandono` };
  const option = useCallback(
    (colours: ChartColours, { width }: ChartSize) => {
      const data: TrendData = {
        buckets,
        bars: [
          { name: names.calls, tone: 'volume', values: buckets.map((bucket) => known(bucket, 'calls')) },
        ],
        line: {
          name: names.rate,
          values: buckets.map((bucket) => drawnRate(bucket, 'abandoned_rate', 'calls')),
        },
        writeCount: format.integer,
        writeCompact: format.compact,
        writeRatio: format.percent,
        writeRatioShort: format.share,
      };
      return trendOption(data, colours, width);
    },
    [buckets, format, names.calls, names.rate],
  );
  const sentence = <Caption buckets={buckets} />;
  return (
    <Panel
      area="trend"
      title={<Trans>Llamadas y abandono</Trans>}
      caption={sentence}
      legend={
        <Legend
          items={[
            { label: names.calls, tone: 'volume' },
            { label: names.rate, tone: 'loss', line: true },
          ]}
        />
      }
      state={{ ...state, empty: !buckets.some((bucket) => known(bucket, 'calls')) }}
      height={HEIGHT}
      empty={<Empty />}
      chart={() => (
        <Chart
          option={option}
          label={t`Llamadas y abandono por periodo; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <TrendTable buckets={buckets} />}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`tendencia`}`}
        />
      }
    />
  );
}

function Caption({ buckets }: { buckets: Bucket[] }) {
  const format = useFormat();
  const units = useGranularityNames();
  const { granularity } = useScope();
  const whole = buckets.filter((bucket) => !bucket.partial && (known(bucket, 'calls') ?? 0) > 0);
  const peak = whole.reduce<Bucket | null>(
    (best, bucket) => ((known(bucket, 'calls') ?? 0) > (best?.row.number('calls') ?? -1) ? bucket : best),
    null,
  );
  if (!peak) return null;
  const rates = whole.flatMap((bucket) => drawnRate(bucket, 'abandoned_rate', 'calls') ?? []);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const unit = units[granularity].toLocaleLowerCase(format.locale);
  const calls = format.integer(known(peak, 'calls'));
  if (rates.length === 0) {
    return (
      <Trans>
        Por {unit}: máximo de {calls} llamadas ({peak.long}).
      </Trans>
    );
  }
  return (
    <>
      <Trans>
        Por {unit}: máximo de {calls} llamadas ({peak.long}); abandono entre {format.percent(low)} y{' '}
        {format.percent(high)}.
      </Trans>
      {rates.length < whole.length && (
        <>
          {' '}
          <Trans>La línea omite los tramos con menos de {RATE_CALLS_MIN} llamadas.</Trans>
        </>
      )}
    </>
  );
}

function TrendTable({ buckets }: { buckets: Bucket[] }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <DataTable
      label={t`Llamadas y abandono por periodo`}
      rows={buckets.filter(({ future }) => !future)}
      rowKey={({ start }) => start}
      columns={[
        { key: 'time', label: t`Periodo`, cell: ({ long }) => long },
        {
          key: 'calls',
          label: t`Llamadas`,
          numeric: true,
          cell: (bucket) => format.integer(known(bucket, 'calls')),
        },
        {
          key: 'abandoned',
          label: t`Abandonadas`,
          numeric: true,
          cell: (bucket) => format.integer(known(bucket, 'abandoned')),
        },
        {
          key: 'rate',
          label: t`Abandono`,
          numeric: true,
          cell: (bucket) => format.percent(known(bucket, 'abandoned_rate')),
        },
      ]}
    />
  );
}
