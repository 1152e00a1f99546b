import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useCallback } from 'react';

import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { trendOption } from '~/charts/trend';
import { useFormat } from '~/format/useFormat';
import { ratio } from '~/overview/answers';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { MetricHelp } from '~/overview/MetricHelp';
import { useScope } from '~/overview/scope';
import { type Bucket, known, RATE_CALLS_MIN, useTrend } from '~/overview/useTrend';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';
import { CallsLink } from '~/shell/CallsLink';

const HEIGHT = 230;
const PHONE_IN_MENU = 'TELEFONO_EN_MENU';

const shareOf = (bucket: Bucket) => ratio(known(bucket, 'menu_errors'), known(bucket, 'calls'));

/** Telephone numbers where a menu's name should stand: the IVR wrote its own record wrongly. */
export function ErrorsPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const { buckets, request, state } = useTrend(['calls', 'menu_errors']);
  const names = { errors: t`Errores de menú`, rate: t`De las llamadas` };
  const option = useCallback(
    (colours: ChartColours, { width }: ChartSize) =>
      trendOption(
        {
          buckets,
          bars: [
            {
              name: names.errors,
              tone: 'volume',
              values: buckets.map((bucket) => known(bucket, 'menu_errors')),
            },
          ],
          line: {
            name: names.rate,
            values: buckets.map((bucket) =>
              (known(bucket, 'calls') ?? 0) >= RATE_CALLS_MIN ? shareOf(bucket) : null,
            ),
          },
          writeCount: format.integer,
          writeCompact: format.compact,
          writeRatio: format.percent,
          writeRatioShort: format.percent,
        },
        colours,
        width,
      ),
    [buckets, format, names.errors, names.rate],
  );
  const errors = buckets.reduce((sum, bucket) => sum + (known(bucket, 'menu_errors') ?? 0), 0);
  const errorCalls = format.integer(errors);
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`errores-de-menu`}`;
  return (
    <Panel
      area="errors"
      title={<Trans>Errores de menú</Trans>}
      help={<MetricHelp metrics={['menu_errors']} name={names.errors} />}
      controls={errors > 0 && <CallsLink cell={{ menu: PHONE_IN_MENU }} />}
      caption={
        <Plural
          value={errors}
          one="# llamada con un teléfono en lugar del nombre del menú."
          other={`${errorCalls} llamadas con un teléfono en lugar del nombre del menú.`}
        />
      }
      legend={
        <Legend
          items={[
            { label: names.errors, tone: 'volume' },
            { label: names.rate, tone: 'loss', line: true },
          ]}
        />
      }
      state={{ ...state, empty: !buckets.some((bucket) => known(bucket, 'calls')) }}
      height={HEIGHT}
      empty={<Empty />}
      fileName={fileName}
      chart={() => (
        <Chart
          option={option}
          label={t`Errores de menú por periodo; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => (
        <DataTable
          label={t`Errores de menú por periodo`}
          rows={buckets.filter(({ future }) => !future)}
          rowKey={({ start }) => start}
          columns={[
            { key: 'time', label: t`Periodo`, cell: ({ long }) => long },
            {
              key: 'errors',
              label: names.errors,
              numeric: true,
              cell: (bucket) => format.integer(known(bucket, 'menu_errors')),
            },
            {
              key: 'rate',
              label: names.rate,
              numeric: true,
              cell: (bucket) => format.percent(shareOf(bucket)),
            },
          ]}
        />
      )}
      csv={<CsvButton request={request} fileName={fileName} />}
    />
  );
}
