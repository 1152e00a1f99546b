import { Trans, useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';

import { difference, ratio, relativeChange, rowsOf } from './answers';
import { hasCalls } from './LegacyTiles';
import { MetricHelp } from './MetricHelp';
import { question, serviceLevelOf, useScope } from './scope';
import { ComparedWith, Tile } from './Tile';
import { TileGrid } from './TileGrid';
import { useAnswer } from './useAnswer';

const METRICS = [
  'offered',
  'answered',
  'abandoned',
  'answered_rate',
  'abandoned_rate',
  'open',
  'service_level',
  'asa_s',
  'wait_s_p50',
  'wait_s_p90',
];

export function QueueTiles() {
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
  const was = (metric: string) => previous?.number(metric) ?? null;
  const common = { loading: now.state.loading || before.state.loading, renewing: now.state.renewing };
  const open = of('open') ?? 0;

  const relative = (metric: string) => {
    const value = relativeChange(of(metric), was(metric));
    return { value, text: format.change(value), good: 'none' as const };
  };
  const points = (metric: string, good: 'up' | 'down') => {
    const value = difference(of(metric), was(metric));
    return { value, text: format.points(value), good };
  };
  const seconds = (metric: string) => {
    const value = difference(of(metric), was(metric));
    return { value, text: format.durationChange(value), good: 'down' as const };
  };
  const { variant, threshold_s: threshold } = serviceLevelOf(scope);
  const level = t`Nivel de servicio ${variant}`;

  return (
    <TileGrid count={6} problem={now.state.problem} retry={now.state.retry}>
      <Tile
        {...common}
        id="offered"
        name={t`Ofrecidas`}
        help={<MetricHelp answer={now.answer} metrics={['offered']} name={t`Ofrecidas`} />}
        value={format.integer(of('offered'))}
        detail={open > 0 ? <Trans>{format.integer(open)} sin terminar</Trans> : undefined}
        change={relative('offered')}
      />
      <Tile
        {...common}
        id="answered"
        name={t`Atendidas`}
        help={<MetricHelp answer={now.answer} metrics={['answered', 'answered_rate']} name={t`Atendidas`} />}
        value={format.integer(of('answered'))}
        behind={{ metric: 'answered', count: of('answered') }}
        detail={format.percent(of('answered_rate'))}
        change={points('answered_rate', 'up')}
      />
      <Tile
        {...common}
        id="abandoned"
        name={t`Abandonadas`}
        help={
          <MetricHelp answer={now.answer} metrics={['abandoned', 'abandoned_rate']} name={t`Abandonadas`} />
        }
        value={format.integer(of('abandoned'))}
        behind={{ metric: 'abandoned', count: of('abandoned') }}
        detail={format.percent(of('abandoned_rate') ?? ratio(of('abandoned'), of('offered')))}
        change={points('abandoned_rate', 'down')}
        tone="loss"
      />
      <Tile
        {...common}
        id="service_level"
        name={level}
        help={
          <MetricHelp answer={now.answer} metrics={['service_level']} name={level} note={<VariantNote />} />
        }
        value={format.percent(of('service_level'))}
        detail={<Trans>en {threshold} s</Trans>}
        change={points('service_level', 'up')}
      />
      <Tile
        {...common}
        id="asa_s"
        name={t`Espera media (ASA)`}
        help={<MetricHelp answer={now.answer} metrics={['asa_s']} name={t`Espera media (ASA)`} />}
        value={format.duration(of('asa_s'))}
        detail={<Trans>de las atendidas</Trans>}
        change={seconds('asa_s')}
      />
      <Tile
        {...common}
        id="wait"
        name={t`Espera típica`}
        help={
          <MetricHelp answer={now.answer} metrics={['wait_s_p50', 'wait_s_p90']} name={t`Espera típica`} />
        }
        value={format.duration(of('wait_s_p50'))}
        detail={of('wait_s_p90') !== null && <Trans>9 de 10 hasta {format.duration(of('wait_s_p90'))}</Trans>}
        change={seconds('wait_s_p50')}
      />
      <ComparedWith scope={scope} known={common.loading || previous !== undefined} />
    </TileGrid>
  );
}

function VariantNote() {
  const { variant, threshold_s: seconds } = serviceLevelOf(useScope());
  return (
    <Trans>
      Variante {variant}: umbral de {seconds} segundos, incluido.
    </Trans>
  );
}
