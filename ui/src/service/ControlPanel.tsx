import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo, useState } from 'react';

import { bandOption } from '~/charts/band';
import { Chart } from '~/charts/Chart';
import type { ChartColours } from '~/charts/colours';
import { useFormat } from '~/format/useFormat';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { MetricHelp } from '~/overview/MetricHelp';
import { serviceLevelOf, useScope } from '~/overview/scope';
import { type Bucket, known, useTrend } from '~/overview/useTrend';
import { DataTable } from '~/parts/DataTable';
import { Legend, Panel } from '~/parts/Panel';
import { Segmented } from '~/parts/Segmented';

import { type ControlPoint, controlChart, POINTS_NEEDED, type Sample, WHOLE_MIN } from './control';

const HEIGHT = 290;
type Measure = 'service_level' | 'abandoned_rate';

interface Watched {
  bucket: Bucket;
  whole: number | null;
  point: ControlPoint | null;
}

/** Service level B is a share of the answered and the abandoned; the abandoned are a share of all that came. */
function sampleOf(bucket: Bucket, measure: Measure, volume: string): Sample {
  if (bucket.partial) return { part: null, whole: null };
  const [abandoned, answered] = [known(bucket, 'abandoned'), known(bucket, 'answered')];
  if (measure === 'abandoned_rate') return { part: abandoned, whole: known(bucket, volume) };
  const level = known(bucket, 'service_level');
  const whole = answered === null || abandoned === null ? null : answered + abandoned;
  return { part: level === null || whole === null ? null : level * whole, whole };
}

export function ControlPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const queues = scope.kind === 'asterisk';
  const { variant } = serviceLevelOf(scope);
  const [chosen, setChosen] = useState<Measure>('service_level');
  const measure = queues ? chosen : 'abandoned_rate';
  const volume = queues ? 'offered' : 'calls';
  const { buckets, request, state } = useTrend(
    queues ? ['offered', 'answered', 'abandoned', 'service_level'] : ['calls', 'abandoned'],
  );
  const watched = useMemo((): Watched[] => {
    const samples = buckets.map((bucket) => sampleOf(bucket, measure, volume));
    const points = controlChart(samples);
    return buckets.map((bucket, index) => ({
      bucket,
      whole: samples[index]?.whole ?? null,
      point: points[index] ?? null,
    }));
  }, [buckets, measure, volume]);
  const measures = { service_level: t`Nivel de servicio`, abandoned_rate: t`Abandono` };
  const names = { value: measures[measure], band: t`Límites de control`, middle: t`Media` };
  const option = useCallback(
    (colours: ChartColours) =>
      bandOption(
        {
          points: watched.map(({ bucket, point }) => ({
            short: bucket.short,
            long: bucket.long,
            value: point?.rate ?? null,
            low: point?.low ?? null,
            middle: point?.middle ?? null,
            high: point?.high ?? null,
            unusual: point?.signal != null,
          })),
          names: { value: names.value, band: names.band, middle: names.middle },
          write: format.percent,
          writeAxis: format.share,
          stepped: true,
          ratio: true,
        },
        colours,
      ),
    [watched, format, names.value, names.band, names.middle],
  );
  const fileName = `iact-${scope.period.first}-${scope.period.last}-${t`control`}`;
  return (
    <Panel
      area="control"
      title={<Trans>¿Señal o ruido?</Trans>}
      help={<ControlHelp measure={measure} name={measures[measure]} />}
      caption={<Caption watched={watched} />}
      controls={
        queues && (
          <Segmented
            small
            label={t`Qué se vigila`}
            value={measure}
            onChange={setChosen}
            options={[
              { value: 'service_level', label: t`NS ${variant}` },
              { value: 'abandoned_rate', label: measures.abandoned_rate },
            ]}
          />
        )
      }
      legend={
        <Legend
          items={[
            { label: names.value, tone: 'volume', line: true },
            { label: names.band, tone: 'band' },
            { label: t`Señal`, tone: 'unusual' },
          ]}
        />
      }
      state={{ ...state, empty: !buckets.some((bucket) => known(bucket, volume)) }}
      height={HEIGHT}
      empty={<Empty />}
      fileName={fileName}
      chart={() => (
        <Chart option={option} label={t`Carta de control; los números están en la tabla.`} height={HEIGHT} />
      )}
      table={() => <ControlTable watched={watched} name={names.value} />}
      csv={<CsvButton request={request} fileName={fileName} />}
    />
  );
}

function ControlHelp({ measure, name }: { measure: Measure; name: string }) {
  return (
    <MetricHelp
      metrics={[measure]}
      name={name}
      note={
        <Trans>
          Carta p′ (Laney) sobre el periodo mostrado: tres sigmas, más anchas donde hay menos llamadas. Señal:
          fuera de los límites, u ocho seguidos al mismo lado de la media.
        </Trans>
      }
    />
  );
}

function Caption({ watched }: { watched: Watched[] }) {
  const judged = watched.filter(({ point }) => point !== null);
  const beyond = judged.filter(({ point }) => point?.signal === 'limit').length;
  const runs = judged.filter(({ point }) => point?.signal === 'run').length;
  if (judged.length === 0) {
    return (
      <Trans>
        Hacen falta {POINTS_NEEDED} tramos con {WHOLE_MIN} llamadas o más para trazar los límites.
      </Trans>
    );
  }
  if (beyond + runs === 0) {
    return <Trans>Nada que explicar: los {judged.length} tramos varían como siempre.</Trans>;
  }
  return (
    <Trans>
      De {judged.length} tramos, {beyond} fuera de los límites y {runs} en una racha al mismo lado de la
      media.
    </Trans>
  );
}

function ControlTable({ watched, name }: { watched: Watched[]; name: string }) {
  const { t } = useLingui();
  const format = useFormat();
  const signals = { limit: t`Fuera de límites`, run: t`Racha` };
  return (
    <DataTable
      label={t`Carta de control`}
      rows={watched.filter(({ bucket }) => !bucket.future)}
      rowKey={({ bucket }) => bucket.start}
      columns={[
        { key: 'time', label: t`Periodo`, cell: ({ bucket }) => bucket.long },
        { key: 'whole', label: t`Llamadas`, numeric: true, cell: ({ whole }) => format.integer(whole) },
        { key: 'rate', label: name, numeric: true, cell: ({ point }) => format.percent(point?.rate) },
        {
          key: 'low',
          label: t`Límite inferior`,
          numeric: true,
          wideOnly: true,
          cell: ({ point }) => format.percent(point?.low),
        },
        {
          key: 'high',
          label: t`Límite superior`,
          numeric: true,
          wideOnly: true,
          cell: ({ point }) => format.percent(point?.high),
        },
        {
          key: 'signal',
          label: t`Señal`,
          cell: ({ point }) => (point?.signal ? signals[point.signal] : '·'),
        },
      ]}
    />
  );
}
