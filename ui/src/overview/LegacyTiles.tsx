import { Plural, Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';

import { difference, ratio, relativeChange, rowsOf } from './answers';
import { abandonmentBand, abandonmentLimits } from './bands';
import { MetricHelp } from './MetricHelp';
import { question, useScope } from './scope';
import { ComparedWith, Tile } from './Tile';
import { TileGrid } from './TileGrid';
import { useAnswer } from './useAnswer';

export const LEGACY_TILE_METRICS = [
  'calls',
  'abandoned',
  'abandoned_rate',
  'unique_callers',
  'duration_s_p50',
  'duration_s_p90',
  'ended_in_ivr',
];

type Shape = (number | null)[];

export interface Shapes {
  calls: Shape;
  abandonedRate: Shape;
  uniqueCallers: Shape;
  duration: Shape;
  ended: Shape;
}

export function LegacyTiles({ trend }: { trend: Shapes }) {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const now = useAnswer(question(scope, { metrics: LEGACY_TILE_METRICS }));
  const before = useAnswer(question(scope, { metrics: LEGACY_TILE_METRICS, period: scope.previous }), {
    skip: scope.compare === 'none',
  });
  const current = rowsOf(now.answer)[0];
  const previous = hasCalls(rowsOf(before.answer)[0]);
  const of = (metric: string) => current?.number(metric) ?? null;
  const was = (metric: string) => previous?.number(metric) ?? null;
  const common = { loading: now.state.loading || before.state.loading, renewing: now.state.renewing };

  const counted = (metric: string) => {
    const value = relativeChange(of(metric), was(metric));
    return { value, text: format.change(value), good: 'none' as const };
  };
  const rateChange = difference(of('abandoned_rate'), was('abandoned_rate'));
  const ended = ratio(of('ended_in_ivr'), of('calls'));
  const endedCalls = format.integer(of('ended_in_ivr'));
  const endedChange = difference(ended, ratio(was('ended_in_ivr'), was('calls')));
  const durationChange = difference(of('duration_s_p50'), was('duration_s_p50'));

  return (
    <TileGrid count={5} problem={now.state.problem} retry={now.state.retry}>
      <Tile
        {...common}
        id="calls"
        name={t`Llamadas`}
        help={<MetricHelp answer={now.answer} metrics={['calls']} name={t`Llamadas`} />}
        value={format.integer(of('calls'))}
        change={counted('calls')}
        trend={trend.calls}
      />
      <Tile
        {...common}
        id="abandoned_rate"
        name={t`Abandono`}
        help={
          <MetricHelp
            answer={now.answer}
            metrics={['abandoned_rate']}
            name={t`Abandono`}
            note={<BandsNote />}
          />
        }
        value={format.percentBeside(of('abandoned_rate'), abandonmentLimits(scope.targets))}
        behind={{ metric: 'abandoned', count: of('abandoned') }}
        band={abandonmentBand(of('abandoned_rate'), scope.targets)}
        change={{ value: rateChange, text: format.points(rateChange), good: 'down' }}
        trend={trend.abandonedRate}
        tone="loss"
      />
      <Tile
        {...common}
        id="unique_callers"
        name={t`Llamantes únicos`}
        help={<MetricHelp answer={now.answer} metrics={['unique_callers']} name={t`Llamantes únicos`} />}
        value={format.integer(of('unique_callers'))}
        change={counted('unique_callers')}
        trend={trend.uniqueCallers}
      />
      <Tile
        {...common}
        id="duration"
        name={t`Duración típica`}
        help={
          <MetricHelp
            answer={now.answer}
            metrics={['duration_s_p50', 'duration_s_p90']}
            name={t`Duración típica`}
          />
        }
        value={format.duration(of('duration_s_p50'))}
        detail={
          of('duration_s_p90') !== null && (
            <Trans>
              9 de 10 hasta <strong>{format.duration(of('duration_s_p90'))}</strong>
            </Trans>
          )
        }
        change={{ value: durationChange, text: format.durationChange(durationChange), good: 'none' }}
        trend={trend.duration}
      />
      <Tile
        {...common}
        id="ended_in_ivr"
        name={t`Terminadas en el IVR`}
        help={
          <MetricHelp
            answer={now.answer}
            metrics={['ended_in_ivr']}
            name={t`Terminadas en el IVR`}
            formula={<code>ended_in_ivr / calls</code>}
          />
        }
        value={format.percent(ended)}
        behind={{ metric: 'ended_in_ivr', count: of('ended_in_ivr') }}
        detail={
          ended !== null && (
            <Plural value={of('ended_in_ivr') ?? 0} one="# llamada" other={`${endedCalls} llamadas`} />
          )
        }
        change={{ value: endedChange, text: format.points(endedChange), good: 'none' }}
        trend={trend.ended}
      />
      <ComparedWith scope={scope} known={common.loading || previous !== undefined} />
    </TileGrid>
  );
}

function BandsNote() {
  const format = useFormat();
  const { abandonment } = useScope().targets;
  const optimal = format.share(abandonment.optimal_below);
  const critical = format.share(abandonment.critical_above);
  return (
    <Trans>
      Óptimo por debajo de {optimal}, aceptable hasta {critical}, crítico por encima. Cerca de un límite se
      escriben los decimales que dicen de qué lado está.
    </Trans>
  );
}

/** A period without a single call says nothing about change. */
export function hasCalls<T extends { number: (name: string) => number | null }>(
  row: T | undefined,
): T | undefined {
  return row && (row.number('calls') ?? row.number('offered') ?? 0) > 0 ? row : undefined;
}
