import { Plural, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { difference, ratio, relativeChange, type Row, rowsOf } from '~/overview/answers';
import { abandonmentBand, abandonmentLimits } from '~/overview/bands';
import { hasCalls } from '~/overview/LegacyTiles';
import { MetricHelp } from '~/overview/MetricHelp';
import { question, useScope } from '~/overview/scope';
import { ComparedWith, Tile } from '~/overview/Tile';
import { TileGrid } from '~/overview/TileGrid';
import { useAnswer } from '~/overview/useAnswer';

const METRICS = ['calls', 'abandoned', 'abandoned_rate', 'transferred', 'ended_in_ivr', 'menu_errors'];

/** Where the calls of the IVR end: with a person, in the IVR itself, given up. */
export function IvrTiles() {
  const { t } = useLingui();
  const format = useFormat();
  const scope = useScope();
  const now = useAnswer(question(scope, { metrics: METRICS }));
  const before = useAnswer(question(scope, { metrics: METRICS, period: scope.previous }), {
    skip: scope.compare === 'none',
  });
  const current = rowsOf(now.answer)[0];
  const previous = hasCalls(rowsOf(before.answer)[0]);
  const of = (metric: string) => current?.number(metric) ?? null;
  const share = (row: Row | undefined, metric: string) => ratio(row?.number(metric), row?.number('calls'));
  const common = { loading: now.state.loading || before.state.loading, renewing: now.state.renewing };
  const calls = relativeChange(of('calls'), previous?.number('calls'));
  const moved = (metric: string, good: 'up' | 'down' | 'none') => {
    const value = difference(share(current, metric), share(previous, metric));
    return { value, text: format.points(value), good };
  };
  const counted = (metric: string) => {
    const count = format.integer(of(metric));
    return <Plural value={of(metric) ?? 0} one="# llamada" other={`${count} llamadas`} />;
  };

  return (
    <TileGrid count={5} problem={now.state.problem} retry={now.state.retry}>
      <Tile
        {...common}
        id="calls"
        name={t`Llamadas`}
        help={<MetricHelp answer={now.answer} metrics={['calls']} name={t`Llamadas`} />}
        value={format.integer(of('calls'))}
        change={{ value: calls, text: format.change(calls), good: 'none' }}
      />
      <Tile
        {...common}
        id="transferred"
        name={t`Transferidas`}
        help={
          <MetricHelp
            answer={now.answer}
            metrics={['transferred', 'transferred_rate']}
            name={t`Transferidas`}
          />
        }
        value={format.percent(share(current, 'transferred'))}
        behind={{ metric: 'transferred', count: of('transferred') }}
        detail={counted('transferred')}
        change={moved('transferred', 'none')}
      />
      <Tile
        {...common}
        id="ended_in_ivr"
        name={t`Terminadas en el IVR`}
        help={<MetricHelp answer={now.answer} metrics={['ended_in_ivr']} name={t`Terminadas en el IVR`} />}
        value={format.percent(share(current, 'ended_in_ivr'))}
        behind={{ metric: 'ended_in_ivr', count: of('ended_in_ivr') }}
        detail={counted('ended_in_ivr')}
        change={moved('ended_in_ivr', 'none')}
      />
      <Tile
        {...common}
        id="abandoned_rate"
        name={t`Abandono`}
        help={<MetricHelp answer={now.answer} metrics={['abandoned_rate']} name={t`Abandono`} />}
        value={format.percentBeside(of('abandoned_rate'), abandonmentLimits(scope.targets))}
        behind={{ metric: 'abandoned', count: of('abandoned') }}
        band={abandonmentBand(of('abandoned_rate'), scope.targets)}
        change={moved('abandoned', 'down')}
        tone="loss"
      />
      <Tile
        {...common}
        id="menu_errors"
        name={t`Errores de menú`}
        help={<MetricHelp answer={now.answer} metrics={['menu_errors']} name={t`Errores de menú`} />}
        value={format.integer(of('menu_errors'))}
        behind={{ metric: 'menu_errors', count: of('menu_errors') }}
        detail={format.percent(share(current, 'menu_errors'))}
        change={moved('menu_errors', 'down')}
        tone="loss"
      />
      <ComparedWith scope={scope} known={common.loading || previous !== undefined} />
    </TileGrid>
  );
}
