import './catalogue';

import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';

import { ALERTS_SHOWN, POLL_MS, RULES_PATH, SEE_ALERTS } from '~/alerts/tray';
import { useListAlertsQuery } from '~/api/office';
import { useFormat } from '~/format/useFormat';
import { relativeChange, type Row } from '~/overview/answers';
import type { Band } from '~/overview/bands';
import { serviceLevelOf, useScope } from '~/overview/scope';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';
import { useAddressParams } from '~/views/opened';

import { MEASURES, nowBand, offTarget } from './hands';
import { ScreenLink } from './ScreenLink';
import classes from './Today.module.css';
import type { Hands } from './useHands';
import { useUsual } from './useUsual';

/** Are we on target now, and what needs hands: one line that is read from the other end of the room. */
export function NowPanel({ hands }: { hands: Hands }) {
  const { t } = useLingui();
  const scope = useScope();
  const { total, hourTotal, state } = hands;
  const { band: bandOf, share } = MEASURES[scope.kind];
  const now = nowBand(scope, hourTotal);
  const band = now ?? bandOf(total?.number(share) ?? null, scope.targets);
  return (
    <section
      className={classes.now}
      aria-label={t`Cómo vamos`}
      data-now={(state.problem ? null : band) ?? 'none'}
    >
      {state.loading ? (
        <Skeleton height={44} />
      ) : state.problem ? (
        // What was last answered is about another period.
        <div className={classes.failed}>
          <FailedState problem={state.problem} onRetry={state.retry} />
        </div>
      ) : (
        <>
          <Verdict hands={hands} band={band} hourly={now !== null} />
          <Off hands={hands} />
          <Usual />
          <Alerts />
        </>
      )}
    </section>
  );
}

function Verdict({ hands, band, hourly }: { hands: Hands; band: Band | null; hourly: boolean }) {
  const { t } = useLingui();
  const words: Record<Band, string> = {
    optimal: t`En objetivo`,
    acceptable: t`Cerca del límite`,
    critical: t`Fuera de objetivo`,
  };
  const hour = hourly ? hands.hour : null;
  return (
    <div className={classes.verdict}>
      <strong className={classes.word} data-band={band ?? undefined}>
        {band ? words[band] : t`Sin llamadas que juzgar`}
      </strong>
      <span className={classes.soft}>
        <When hour={hour} />
        {': '}
        <Measured row={hour ? hands.hourTotal : hands.total} />
      </span>
    </div>
  );
}

function When({ hour }: Pick<Hands, 'hour'>) {
  const format = useFormat();
  if (!hour) return <Trans>En todo el periodo</Trans>;
  const when = `${format.time(Date.parse(hour.from))} – ${format.time(Date.parse(hour.to))}`;
  return <Trans>Última hora con datos ({when})</Trans>;
}

function Measured({ row }: { row: Row | null }) {
  const format = useFormat();
  const scope = useScope();
  const { kind, targets } = scope;
  const { share, volume, limits } = MEASURES[kind];
  const level = format.percentBeside(row?.number(share), limits(targets));
  const calls = format.integer(row?.number(volume) ?? null);
  if (kind === 'legacy') {
    const limit = format.share(targets.abandonment.optimal_below);
    return (
      <Trans>
        abandono {level} de {calls} llamadas; objetivo, menos de {limit}
      </Trans>
    );
  }
  const target = format.share(targets.service_level.at_least);
  const seconds = serviceLevelOf(scope).threshold_s;
  return (
    <Trans>
      nivel de servicio {level} de {calls} llamadas; objetivo, {target} en {seconds} s
    </Trans>
  );
}

function Off({ hands: { hands } }: { hands: Hands }) {
  const format = useFormat();
  const { kind } = useScope();
  const off = format.integer(offTarget(hands).length);
  const all = format.integer(hands.length);
  return (
    <ScreenLink to="/servicio" className={classes.fact}>
      <strong data-fact="off">
        <Trans>
          {off} de {all}
        </Trans>
      </strong>
      <span>
        {kind === 'legacy' ? (
          <Trans>segmentos en estado crítico</Trans>
        ) : (
          <Trans>colas en estado crítico</Trans>
        )}
      </span>
    </ScreenLink>
  );
}

/** Only of one day: what is usual is known by weekday and hour. */
function Usual() {
  const { period } = useScope();
  return period.days === 1 ? <UsualOfDay /> : null;
}

function UsualOfDay() {
  const format = useFormat();
  const usual = useUsual();
  if (!usual) return null;
  const calls = format.integer(usual.calls);
  const middle = format.integer(usual.middle);
  return (
    <ScreenLink to="/demanda" className={classes.fact}>
      <strong data-fact="usual">{format.change(relativeChange(usual.calls, usual.middle))}</strong>
      <span>
        <Trans>
          llamadas frente a lo habitual ({calls} y {middle})
        </Trans>
      </span>
    </ScreenLink>
  );
}

function Alerts() {
  return useMay(SEE_ALERTS) ? <OpenAlerts /> : null;
}

function OpenAlerts() {
  const format = useFormat();
  const [params] = useAddressParams();
  const { data } = useListAlertsQuery(
    { limit: ALERTS_SHOWN },
    { pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  );
  if (!data) return null;
  const count = data.items.length;
  const words = (
    <>
      <strong data-fact="alerts" data-bad={count > 0 || undefined}>
        {format.integer(count)}
      </strong>
      <span>
        <Plural value={count} one="alerta abierta" other="alertas abiertas" />
      </span>
    </>
  );
  if (params.get('kiosk') === '1') return <span className={classes.fact}>{words}</span>;
  return (
    <Link to={`${RULES_PATH}?part=alerts`} className={classes.fact}>
      {words}
    </Link>
  );
}
