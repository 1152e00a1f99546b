import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo, useState } from 'react';

import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { trendOption } from '~/charts/trend';
import { useFormat } from '~/format/useFormat';
import { rowsOf } from '~/overview/answers';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { question, useScope } from '~/overview/scope';
import { useAnswer } from '~/overview/useAnswer';
import { RATE_CALLS_MIN } from '~/overview/useTrend';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';
import { Segmented } from '~/parts/Segmented';
import { CallsBehind, CallsLink, useCallsColumn } from '~/shell/CallsLink';

import { type BandRow, distribution, writeBand } from './distribution';

const HEIGHT = 270;
type Spread = 'wait_band' | 'duration_band';

export function DistributionPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const queues = scope.kind === 'asterisk';
  const [chosen, setChosen] = useState<Spread>('wait_band');
  const dimension = queues ? chosen : 'duration_band';
  const volume = queues ? 'offered' : 'calls';
  const { answer, request, state } = useAnswer(
    question(scope, { metrics: [volume, 'abandoned'], dimensions: [dimension] }),
  );
  const rows = useMemo(() => distribution(rowsOf(answer), dimension, volume), [answer, dimension, volume]);
  const names = {
    kept: queues ? t`No abandonadas` : t`Sin abandono`,
    lost: t`Abandonadas`,
    rate: t`Abandono`,
  };
  const option = useCallback(
    (colours: ChartColours, { width }: ChartSize) =>
      trendOption(
        {
          buckets: rows.map(({ band }) => ({
            short: writeBand(band),
            long: writeBand(band),
            partial: false,
          })),
          bars: [
            {
              name: names.kept,
              tone: 'volume',
              values: rows.map(({ calls, abandoned }) => calls - abandoned),
            },
            { name: names.lost, tone: 'loss', values: rows.map(({ abandoned }) => abandoned) },
          ],
          line: {
            name: names.rate,
            values: rows.map(({ calls, rate }) => (calls >= RATE_CALLS_MIN ? rate : null)),
          },
          writeCount: format.integer,
          writeCompact: format.compact,
          writeRatio: format.percent,
          writeRatioShort: format.share,
        },
        colours,
        width,
      ),
    [rows, format, names.kept, names.lost, names.rate],
  );
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`distribucion`}`;
  return (
    <Panel
      area="spread"
      title={
        dimension === 'wait_band' ? <Trans>Cuánto esperan</Trans> : <Trans>Cuánto duran las llamadas</Trans>
      }
      controls={
        queues && (
          <Segmented
            small
            label={t`Qué se mide`}
            value={dimension}
            onChange={setChosen}
            options={[
              { value: 'wait_band', label: t`Espera` },
              { value: 'duration_band', label: t`Duración` },
            ]}
          />
        )
      }
      caption={<Caption rows={rows} />}
      legend={
        <Legend
          items={[
            { label: names.kept, tone: 'volume' },
            { label: names.lost, tone: 'loss' },
            { label: names.rate, tone: 'loss', line: true },
          ]}
        />
      }
      state={{ ...state, empty: rows.every(({ calls }) => calls === 0) }}
      height={HEIGHT}
      empty={<Empty />}
      fileName={fileName}
      chart={() => (
        <Chart
          option={option}
          label={t`Llamadas y abandono por tramo de segundos; los números están en la tabla.`}
          height={HEIGHT}
        />
      )}
      table={() => <SpreadTable rows={rows} dimension={dimension} />}
      csv={<CsvButton request={request} fileName={fileName} />}
    />
  );
}

/** Where half of the calls are done, and where most give up. */
function Caption({ rows }: { rows: BandRow[] }) {
  const format = useFormat();
  const half = rows.find(({ upTo }) => upTo >= 0.5);
  const worst = rows.reduce<BandRow | null>(
    (most, row) => (row.abandoned > (most?.abandoned ?? 0) ? row : most),
    null,
  );
  if (!half) return null;
  return (
    <>
      <Trans>
        El {format.percentShort(half.upTo)} no pasa del tramo de {writeBand(half.band)}.
      </Trans>
      {worst && (
        <>
          {' '}
          <Trans>
            La mayor pérdida está en {writeBand(worst.band)}: {format.integer(worst.abandoned)} abandonadas.
          </Trans>
        </>
      )}
    </>
  );
}

function SpreadTable({ rows, dimension }: { rows: BandRow[]; dimension: Spread }) {
  const { t } = useLingui();
  const format = useFormat();
  const callsColumn = useCallsColumn<BandRow>(({ band }) => (
    <CallsLink cell={{ [dimension]: band }} label={t`Ver las llamadas de ${writeBand(band)}`} />
  ));
  return (
    <DataTable
      label={t`Llamadas y abandono por tramo de segundos`}
      rows={rows}
      rowKey={({ band }) => band}
      columns={[
        { key: 'band', label: t`Tramo`, cell: ({ band }) => writeBand(band) },
        { key: 'calls', label: t`Llamadas`, numeric: true, cell: ({ calls }) => format.integer(calls) },
        { key: 'upTo', label: t`Hasta aquí`, numeric: true, cell: ({ upTo }) => format.percent(upTo) },
        {
          key: 'abandoned',
          label: t`Abandonadas`,
          numeric: true,
          cell: ({ band, abandoned }) => (
            <CallsBehind metric="abandoned" cell={{ [dimension]: band }} count={abandoned}>
              {format.integer(abandoned)}
            </CallsBehind>
          ),
        },
        { key: 'rate', label: t`Abandono`, numeric: true, cell: ({ rate }) => format.percent(rate) },
        ...callsColumn,
      ]}
    />
  );
}
