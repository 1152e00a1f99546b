import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { ratio } from '~/overview/answers';
import { abandonmentBand, type Band, type Targets } from '~/overview/bands';
import { CsvButton } from '~/overview/CsvButton';
import { Empty } from '~/overview/Empty';
import { useScope } from '~/overview/scope';
import { ShareBar } from '~/overview/ShareBar';
import { BandMark } from '~/overview/Tile';
import { type Bucket, known, RATE_CALLS_MIN, useTrend } from '~/overview/useTrend';
import { useGranularityNames } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';

const HEIGHT = 150;
const BANDS: Band[] = ['optimal', 'acceptable', 'critical'];

interface Line {
  band: Band;
  buckets: number;
  calls: number;
  abandoned: number;
}

/** How much of the time abandonment was where it should be. */
export function BandsPanel() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const volume = scope.kind === 'legacy' ? 'calls' : 'offered';
  const units = useGranularityNames();
  const { buckets, request, state } = useTrend([volume, 'abandoned']);
  const lines = linesOf(buckets, volume, scope.targets);
  const judged = lines.reduce((sum, line) => sum + line.buckets, 0);
  const unit = units[scope.granularity].toLocaleLowerCase(format.locale);
  const optimal = format.share(scope.targets.abandonment.optimal_below);
  const critical = format.share(scope.targets.abandonment.critical_above);
  return (
    <Panel
      area="bands"
      title={<Trans>Abandono por banda</Trans>}
      caption={
        <Trans>
          Por {unit}, con {RATE_CALLS_MIN} llamadas o más: óptimo por debajo de {optimal}, crítico por encima
          de {critical}.
        </Trans>
      }
      state={{ ...state, empty: judged === 0 }}
      height={HEIGHT}
      empty={<Empty />}
      table={() => (
        <DataTable
          label={t`Abandono por banda`}
          rows={lines}
          rowKey={({ band }) => band}
          columns={[
            { key: 'band', label: t`Banda`, cell: ({ band }) => <BandMark band={band} /> },
            { key: 'buckets', label: t`Tramos`, numeric: true, cell: (line) => format.integer(line.buckets) },
            {
              key: 'share',
              label: t`Del tiempo`,
              numeric: true,
              cell: (line) => (
                <ShareBar ratio={ratio(line.buckets, judged)} largest={1} lost={line.band === 'critical'}>
                  {format.percent(ratio(line.buckets, judged))}
                </ShareBar>
              ),
            },
            { key: 'calls', label: t`Llamadas`, numeric: true, cell: (line) => format.integer(line.calls) },
            {
              key: 'abandoned',
              label: t`Abandono`,
              numeric: true,
              cell: (line) => format.percent(ratio(line.abandoned, line.calls)),
            },
          ]}
        />
      )}
      csv={
        <CsvButton
          request={request}
          fileName={`iact-${scope.period.first}-${scope.period.last}-${t`bandas`}`}
        />
      }
    />
  );
}

export function linesOf(buckets: Bucket[], volume: string, targets: Pick<Targets, 'abandonment'>): Line[] {
  const judged = buckets.flatMap((bucket) => {
    const calls = known(bucket, volume) ?? 0;
    const abandoned = known(bucket, 'abandoned') ?? 0;
    const band = calls >= RATE_CALLS_MIN ? abandonmentBand(abandoned / calls, targets) : null;
    return band ? [{ band, calls, abandoned }] : [];
  });
  return BANDS.map((band) => {
    const own = judged.filter((bucket) => bucket.band === band);
    return {
      band,
      buckets: own.length,
      calls: own.reduce((sum, { calls }) => sum + calls, 0),
      abandoned: own.reduce((sum, { abandoned }) => sum + abandoned, 0),
    };
  });
}
