import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback } from 'react';

import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { type TrendData, trendOption } from '~/charts/trend';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';

import { CsvButton } from './CsvButton';
import { Empty } from './Empty';
import { useScope } from './scope';
import { type Bucket, known, useTrend } from './useTrend';

const HEIGHT = 300;
const METRICS = ['offered', 'answered', 'abandoned', 'service_level', 'wait_s_p90'];

export function QueueTrend() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const { buckets, request, state } = useTrend(METRICS);
  const names = { answered: t`Atendidas`, abandoned: t`Abandonadas`, other: t`Otras salidas` };
  const option = useCallback(
    (colours: ChartColours, { width }: ChartSize) => {
      const data: TrendData = {
        buckets,
        bars: [
          {
            name: names.answered,
            tone: 'volume',
            values: buckets.map((bucket) => known(bucket, 'answered')),
          },
          {
            name: names.abandoned,
            tone: 'loss',
            values: buckets.map((bucket) => known(bucket, 'abandoned')),
          },
          { name: names.other, tone: 'other', values: buckets.map(others) },
        ],
        line: null,
        writeCount: format.integer,
        writeCompact: format.compact,
        writeRatio: format.percent,
        writeRatioShort: format.share,
      };
      return trendOption(data, colours, width);
    },
    [buckets, format, names.answered, names.abandoned, names.other],
  );
  const peak = buckets.reduce<Bucket | null>(
    (best, bucket) => ((known(bucket, 'offered') ?? 0) > (best?.row.number('offered') ?? 0) ? bucket : best),
    null,
  );
  return (
    <Panel
      area="trend"
      title={<Trans>Llamadas a cola por salida</Trans>}
      caption={
        peak && (
          <Trans>
            Máximo de {format.integer(known(peak, 'offered'))} entradas ({peak.long}).
          </Trans>
        )
      }
      legend={
        <Legend
          items={[
            { label: names.answered, tone: 'volume' },
            { label: names.abandoned, tone: 'loss' },
            { label: names.other, tone: 'other' },
          ]}
        />
      }
      state={{ ...state, empty: !peak }}
      height={HEIGHT}
      empty={<Empty />}
      chart={() => (
        <Chart
          option={option}
          label={t`Llamadas a cola por salida; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <TrendTable buckets={buckets} />}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`colas-tendencia`}`}
        />
      }
    />
  );
}

/** Time-outs, keys, empty queues, calls taken back, and those that have not ended. */
function others(bucket: Bucket): number | null {
  const offered = known(bucket, 'offered');
  return offered === null
    ? null
    : offered - (known(bucket, 'answered') ?? 0) - (known(bucket, 'abandoned') ?? 0);
}

function TrendTable({ buckets }: { buckets: Bucket[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const count = (metric: string) => (bucket: Bucket) => format.integer(known(bucket, metric));
  return (
    <DataTable
      label={t`Llamadas a cola por periodo`}
      rows={buckets.filter(({ future }) => !future)}
      rowKey={({ start }) => start}
      columns={[
        { key: 'time', label: t`Periodo`, cell: ({ long }) => long },
        { key: 'offered', label: t`Ofrecidas`, numeric: true, cell: count('offered') },
        { key: 'answered', label: t`Atendidas`, numeric: true, cell: count('answered') },
        { key: 'abandoned', label: t`Abandonadas`, numeric: true, cell: count('abandoned') },
        {
          key: 'other',
          label: t`Otras`,
          numeric: true,
          wideOnly: true,
          cell: (bucket) => format.integer(others(bucket)),
        },
        {
          key: 'sl',
          label: t`Nivel de servicio`,
          numeric: true,
          cell: (bucket) => format.percent(known(bucket, 'service_level')),
        },
        {
          key: 'p90',
          label: t`Espera p90`,
          numeric: true,
          wideOnly: true,
          cell: (bucket) => format.clock(known(bucket, 'wait_s_p90')),
        },
      ]}
    />
  );
}
