import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { relativeChange, type Row, rowsOf } from '~/overview/answers';
import { hasCalls } from '~/overview/LegacyTiles';
import { MetricHelp } from '~/overview/MetricHelp';
import { question, useScope } from '~/overview/scope';
import { ComparedWith, Tile } from '~/overview/Tile';
import { TileGrid } from '~/overview/TileGrid';
import { useAnswer } from '~/overview/useAnswer';

import { quantile } from './expected';
import { type useDays, volumeOf } from './useDemand';

const NO_CHANGE = { value: null, text: '', good: 'none' as const };

export function DemandTiles({ days }: { days: ReturnType<typeof useDays> }) {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const volume = volumeOf(scope);
  const now = useAnswer(question(scope, { metrics: [volume] }));
  const before = useAnswer(question(scope, { metrics: [volume], period: scope.previous }), {
    skip: scope.compare === 'none',
  });
  const hours = useAnswer(question(scope, { metrics: [volume], dimensions: ['hour_of_day'], limit: 24 }));
  const previous = hasCalls(rowsOf(before.answer)[0]);
  const typical = [...days.points].map((point) => point.calls).sort((a, b) => a - b);
  const peak = peakOf(rowsOf(hours.answer), volume);
  const loading = now.state.loading || before.state.loading;

  return (
    <TileGrid count={4} problem={now.state.problem} retry={now.state.retry}>
      <VolumeTile
        volume={volume}
        now={rowsOf(now.answer)[0]}
        previous={previous}
        trend={days.points.map((point) => point.calls)}
        loading={loading}
        renewing={now.state.renewing}
      />
      <Tile
        id="typical_day"
        name={t`Día típico`}
        help={
          <MetricHelp
            metrics={[volume]}
            name={t`Día típico`}
            formula={<Trans>la mediana de los días del periodo</Trans>}
          />
        }
        value={format.integer(typical.length > 0 ? quantile(typical, 0.5) : null)}
        detail={typical.length > 1 && <Trans>de {typical.length} días</Trans>}
        change={NO_CHANGE}
        loading={days.state.loading}
        renewing={days.state.renewing}
      />
      <Tile
        id="peak_hour"
        name={t`Hora con más llamadas`}
        help={
          <MetricHelp
            metrics={[volume]}
            name={t`Hora con más llamadas`}
            formula={<Trans>la hora local con más llamadas en todo el periodo</Trans>}
          />
        }
        value={peak ? format.hour(peak.hour) : format.integer(null)}
        detail={peak && <Trans>{format.integer(peak.calls)} en el periodo</Trans>}
        change={NO_CHANGE}
        loading={hours.state.loading}
        renewing={hours.state.renewing}
      />
      <UnusualTile days={days} />
      <ComparedWith scope={scope} known={loading || previous !== undefined} />
    </TileGrid>
  );
}

function UnusualTile({ days }: { days: ReturnType<typeof useDays> }) {
  const { t } = useLingui();
  const format = useFormat();
  const volume = volumeOf(useScope());
  const unusual = days.points.filter((point) => point.unusual);
  const judged = days.points.filter(({ expected, holiday }) => expected !== null && !holiday).length;
  return (
    <Tile
      id="unusual_days"
      name={t`Días atípicos`}
      help={
        <MetricHelp
          metrics={[volume]}
          name={t`Días atípicos`}
          formula={
            <Trans>
              días a más de 3,5 desviaciones robustas de la mediana del mismo día de la semana en las 8
              semanas anteriores, sin contar festivos
            </Trans>
          }
        />
      }
      value={judged === 0 ? format.integer(null) : format.integer(unusual.length)}
      detail={
        judged === 0 ? <Trans>sin 4 semanas de historia</Trans> : <Trans>de {judged} con historia</Trans>
      }
      change={NO_CHANGE}
      loading={days.state.loading}
      renewing={days.state.renewing}
    />
  );
}

interface VolumeProps {
  volume: string;
  now: Row | undefined;
  previous: Row | undefined;
  trend: number[];
  loading: boolean;
  renewing: boolean;
}

function VolumeTile({ volume, now, previous, ...common }: VolumeProps) {
  const { t } = useLingui();
  const format = useFormat();
  const calls = now?.number(volume) ?? null;
  const change = relativeChange(calls, previous?.number(volume));
  const name = volume === 'calls' ? t`Llamadas` : t`Ofrecidas`;
  return (
    <Tile
      {...common}
      id="calls"
      name={name}
      help={<MetricHelp metrics={[volume]} name={name} />}
      value={format.integer(calls)}
      change={{ value: change, text: format.change(change), good: 'none' }}
    />
  );
}

function peakOf(rows: Row[], volume: string) {
  return rows.reduce<{ hour: number; calls: number } | null>((best, row) => {
    const found = { hour: row.number('hour_of_day') ?? 0, calls: row.number(volume) ?? 0 };
    return found.calls > (best?.calls ?? 0) ? found : best;
  }, null);
}
