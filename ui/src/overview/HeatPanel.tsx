import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo, useState } from 'react';

import type { QueryAnswer } from '~/api/generated';
import { Chart, type ChartSize } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { heatOption, UPRIGHT_BELOW_PX } from '~/charts/heatmap';
import { useFormat } from '~/format/useFormat';
import { Panel } from '~/parts/Panel';
import { Segmented } from '~/parts/Segmented';

import { CsvButton } from './CsvButton';
import { Empty } from './Empty';
import { busiestRows, type HeatGrid, heatGrid, withoutNoise } from './heatGrid';
import classes from './HeatPanel.module.css';
import { HeatTable } from './HeatTable';
import { question, useScope } from './scope';
import { useAnswer } from './useAnswer';
import { useNarrow } from './useNarrow';
import { RATE_CALLS_MIN } from './useTrend';
import { useSegmentName } from './words';

const HEIGHT = 264;
const UPRIGHT_HEIGHT = 520;
const ROWS_MAX = 10; // queues of one day; more are not read as a map
const CELLS_MAX = 2_400; // a hundred queues by 24 hours
type Shown = 'volume' | 'loss';

export interface HeatRow {
  key: string;
  short: string;
  long: string;
}

export function HeatPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const [shown, setShown] = useState<Shown>('volume');
  const upright = useNarrow(UPRIGHT_BELOW_PX + 64);
  const volume = scope.kind === 'legacy' ? 'calls' : 'offered';
  const dimension = useRowDimension();
  const { answer, request, state } = useAnswer(
    question(scope, {
      metrics: [volume, 'abandoned', 'abandoned_rate'],
      dimensions: [dimension, 'hour_of_day'],
      limit: CELLS_MAX,
    }),
  );
  const rows = useRows(answer, dimension, volume);
  const keys = useMemo(() => rows.map(({ key }) => key), [rows]);
  const counts = useMemo(
    () => heatGrid(answer, { metric: volume, dimension, absent: 0 }, keys),
    [answer, volume, dimension, keys],
  );
  const rates = useMemo(
    () =>
      withoutNoise(
        heatGrid(answer, { metric: 'abandoned_rate', dimension, absent: null }, keys),
        counts,
        RATE_CALLS_MIN,
      ),
    [answer, dimension, keys, counts],
  );
  const grid = shown === 'volume' ? counts : rates;
  const write = shown === 'volume' ? format.integer : format.percent;
  const names = { volume: t`Llamadas`, loss: t`Abandono` };
  const name = names[shown];
  const height = upright ? UPRIGHT_HEIGHT : HEIGHT;

  const option = useCallback(
    (colours: ChartColours, { width }: ChartSize) =>
      heatOption(
        {
          rows,
          hours: grid.hours.map((hour) => ({ short: String(hour), long: format.hour(hour) })),
          values: grid.values,
          tone: shown,
          write,
          writeShort: shown === 'volume' ? format.compact : format.percentShort,
          name,
        },
        colours,
        width,
      ),
    [rows, format, grid, shown, write, name],
  );

  return (
    <Panel
      area="heat"
      title={dimension === 'weekday' ? <Trans>Cuándo llaman</Trans> : <Trans>Cuándo llaman en el día</Trans>}
      caption={<Caption counts={counts} rates={rates} rows={rows} />}
      controls={
        <Segmented
          small
          label={t`Qué se muestra`}
          value={shown}
          onChange={setShown}
          options={[
            { value: 'volume', label: names.volume },
            { value: 'loss', label: names.loss },
          ]}
        />
      }
      legend={<Scale grid={grid} tone={shown} write={write} />}
      state={{ ...state, empty: counts.max === 0 }}
      height={height}
      empty={<Empty />}
      chart={() => (
        <Chart option={option} label={t`Mapa por hora; los números están en la tabla.`} height={height} />
      )}
      table={() => <HeatTable grid={grid} rows={rows} write={write} />}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`dia-hora`}`}
        />
      }
    />
  );
}

/** Weekdays tell nothing about one day; then the queues or segments stand below one another. */
function useRowDimension(): 'weekday' | 'queue' | 'segment' {
  const { kind, period } = useScope();
  if (period.days > 1) return 'weekday';
  return kind === 'legacy' ? 'segment' : 'queue';
}

function useRows(answer: QueryAnswer | undefined, dimension: string, volume: string): HeatRow[] {
  const format = useFormat();
  const segmentName = useSegmentName();
  const busiest = useMemo(
    () => busiestRows(answer, dimension, volume, ROWS_MAX),
    [answer, dimension, volume],
  );
  return useMemo(() => {
    if (dimension === 'weekday') {
      return format
        .week()
        .map((day) => ({ key: String(day), short: format.weekday(day, 'short'), long: format.weekday(day) }));
    }
    return busiest.map((key) => {
      const name = dimension === 'segment' ? segmentName(key) : key;
      return { key, short: name, long: name };
    });
  }, [dimension, format, busiest, segmentName]);
}

function Caption({ counts, rates, rows }: { counts: HeatGrid; rates: HeatGrid; rows: HeatRow[] }) {
  const format = useFormat();
  if (!counts.peak) return null;
  const { row, hour, value } = counts.peak;
  const index = rows.findIndex(({ key }) => key === row);
  const name = rows[index]?.long ?? row;
  const rate = rates.values[index]?.[counts.hours.indexOf(hour)] ?? null;
  return (
    <Trans>
      La hora con más llamadas: {name}, {format.hour(hour)}, con {format.integer(value)} en el periodo y un
      abandono de {format.percent(rate)}.
    </Trans>
  );
}

function Scale({
  grid,
  tone,
  write,
}: {
  grid: HeatGrid;
  tone: Shown;
  write: (value: number | null) => string;
}) {
  return (
    <div className={classes.scale}>
      <span>{write(0)}</span>
      <span className={classes.ramp} data-tone={tone} />
      <span>{write(grid.max)}</span>
      {tone === 'loss' && (
        <span className={classes.note}>
          <Trans>Sin las celdas de menos de {RATE_CALLS_MIN} llamadas</Trans>
        </span>
      )}
    </div>
  );
}
