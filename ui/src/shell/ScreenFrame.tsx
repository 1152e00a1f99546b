// What every screen of numbers stands in: its name, which data, when and where, and how new the data is.
import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useMemo } from 'react';
import { Link } from 'react-router';

import type { FreshnessBody, CentreTargets } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat, useOwnZone, ZoneContext } from '~/format/useFormat';
import { DataEndContext } from '~/overview/dataEnd';
import { FilterBar } from '~/overview/FilterBar';
import { FreshnessBadge } from '~/overview/FreshnessBadge';
import { type Scope, ScopeContext, type SourceKind } from '~/overview/scope';
import { dataAsOfMs, useFreshness, worstOf } from '~/overview/useFreshness';
import { useTargets } from '~/overview/useTargets';
import { useNow } from '~/overview/useNow';
import { useView } from '~/overview/useView';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import type { PeriodChoice, Preset } from '~/period/presets';
import { DEFAULT_PRESET, type Tab, type ViewState } from '~/period/viewState';

import type { FramePart } from './PlainFrame';
import { KioskStrip } from './KioskStrip';
import classes from './ScreenFrame.module.css';
import { tabOf, tabsOf, useScopeOf } from './frameScope';

export const KIND_OF: Record<Tab, SourceKind> = { ivr: 'legacy', queues: 'asterisk' };

const NO_PARTS: readonly FramePart[] = [];

interface Props {
  title: string;
  /** The kinds that this screen can show, the one that it is most about first. */
  tabs: readonly Tab[];
  /** Nothing here is drawn over time or compared: the bar leaves those out. */
  plain?: boolean;
  /** The period that it shows by itself, where that is not its kind's own. */
  preset?: Preset;
  /** Parts of the screen that are not about calls. */
  extra?: readonly FramePart[];
  children: (tab: Tab, sources: FreshnessBody[]) => ReactNode;
}

export function ScreenFrame(props: Props) {
  const freshness = useFreshness();
  const targets = useTargets();
  if (freshness.data && targets.data) {
    return <Framed {...props} sources={freshness.data.items} targets={targets.data} />;
  }
  const failed = [freshness, targets].find(({ data, error }) => !data && error);
  if (failed?.error) {
    return (
      <div className={classes.page}>
        <FailedState problem={problemOf(failed.error)} onRetry={() => void failed.refetch()} />
      </div>
    );
  }
  return (
    <div className={classes.page}>
      <Skeleton height={36} width={320} />
      <Skeleton height={124} />
      <Skeleton height={400} />
    </div>
  );
}

function Framed({
  title,
  tabs: wanted,
  plain,
  preset,
  extra = [],
  children,
  sources,
  targets,
}: Props & { sources: FreshnessBody[]; targets: CentreTargets }) {
  const [view, change] = useView();
  const user = useAppSelector((state) => state.session.user);
  const ownSegment = user?.segment ?? null;
  const tabs = tabsOf(sources, ownSegment, wanted);
  const tab = tabOf(view, tabs);
  const kind = KIND_OF[tab];
  const endMs = dataAsOfMs(sources, kind);
  const nowMs = useNow();
  const own = useOwnZone();
  const zone = view.zone ?? own;
  const choice = useMemo<PeriodChoice>(
    // A wall is about today.
    () => view.period ?? { kind: 'preset', preset: view.kiosk ? 'today' : (preset ?? DEFAULT_PRESET[tab]) },
    [view.period, view.kiosk, preset, tab],
  );
  const scope = useScopeOf({ view, choice, kind, zone, nowMs, endMs, targets });
  const badge = <FreshnessBadge source={worstOf(sources, kind)} endMs={endMs} nowMs={nowMs} />;

  return (
    <ZoneContext value={zone}>
      <ScopeContext value={scope}>
        <DataEndContext value={endMs}>
          <title>{`${title} · IACT`}</title>
          {view.kiosk ? (
            <KioskStrip title={title} source={worstOf(sources, kind)} endMs={endMs} nowMs={nowMs}>
              {badge}
            </KioskStrip>
          ) : (
            <div className={classes.strip}>
              <div className={classes.headline}>
                <h1>{title}</h1>
                <Tabs tabs={tabs} tab={tab} change={change} extra={extra} />
                <div className={classes.fresh}>{badge}</div>
              </div>
              <FilterBar
                scope={scope}
                choice={choice}
                view={view}
                change={change}
                ownSegment={ownSegment}
                plain={plain}
              />
            </div>
          )}
          <div className={classes.page} data-kiosk={view.kiosk || undefined}>
            <PeriodLine scope={scope} endMs={endMs} />
            {tabs.length === 0 ? <NoSource any={sources.length > 0} /> : children(tab, sources)}
          </div>
        </DataEndContext>
      </ScopeContext>
    </ZoneContext>
  );
}

interface TabsProps {
  tabs: readonly Tab[];
  tab: Tab;
  change: (part: Partial<ViewState>) => void;
  extra: readonly FramePart[] | undefined;
}

function Tabs({ tabs, tab, change, extra = NO_PARTS }: TabsProps) {
  const { t } = useLingui();
  const names: Record<Tab, string> = { ivr: t`IVR`, queues: t`Colas` };
  if (tabs.length + extra.length < 2) return null;
  return (
    <nav className={classes.tabs} aria-label={t`Qué datos`}>
      {tabs.map((each) => (
        <button
          key={each}
          type="button"
          className={classes.tab}
          aria-current={each === tab ? 'page' : undefined}
          onClick={() => {
            change({ tab: each === tabs[0] ? null : each, period: null, granularity: null });
          }}
        >
          {names[each]}
        </button>
      ))}
      {extra.map(({ id, label, to }) => (
        <Link key={id} to={to} className={`${classes.tab} ${classes.part}`}>
          {label}
        </Link>
      ))}
    </nav>
  );
}

/** Which days these are, and, when they are not the days of today, why. */
function PeriodLine({ scope, endMs }: { scope: Scope; endMs: number | null }) {
  const format = useFormat();
  const { first, last, anchored } = scope.period;
  return (
    <p className={classes.period} data-anchored={anchored || undefined}>
      <strong>{first === last ? format.day(first) : format.dayRange(first, last)}</strong>
      {anchored && endMs !== null && (
        <span>
          <Trans>Último dato: {format.dateTime(endMs)} · por eso el periodo no llega a hoy</Trans>
        </span>
      )}
    </p>
  );
}

function NoSource({ any }: { any: boolean }) {
  if (any) {
    return (
      <EmptyState title={<Trans>Esta pantalla no tiene de qué hablar</Trans>}>
        <Trans>Ninguna de las fuentes configuradas conoce lo que aquí se muestra.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState title={<Trans>Todavía no hay datos</Trans>}>
      <Trans>Ninguna fuente está configurada. Se declaran en el archivo de fuentes del servidor.</Trans>
    </EmptyState>
  );
}
