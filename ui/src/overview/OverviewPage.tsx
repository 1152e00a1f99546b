import { Trans, useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';

import type { FreshnessBody } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat, ZoneContext } from '~/format/useFormat';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import {
  defaultGranularity,
  granularitiesFor,
  type PeriodChoice,
  previousPeriod,
  resolvePeriod,
} from '~/period/presets';
import { DEFAULT_PRESET, type Tab, type ViewState } from '~/period/viewState';

import { DataEndContext } from './dataEnd';
import { FilterBar } from './FilterBar';
import { FreshnessBadge } from './FreshnessBadge';
import { LegacyOverview } from './LegacyOverview';
import classes from './OverviewPage.module.css';
import { QueueOverview } from './QueueOverview';
import { type Scope, ScopeContext, type SourceKind } from './scope';
import { dataAsOfMs, useFreshness, worstOf } from './useFreshness';
import { useNow } from './useNow';
import { useView } from './useView';

const ZONE_DEFAULT = 'America/Mexico_City';
const KIND_OF: Record<Tab, SourceKind> = { ivr: 'legacy', queues: 'asterisk' };

export default function OverviewPage() {
  const freshness = useFreshness();
  if (freshness.data) return <Overview sources={freshness.data.items} />;
  if (freshness.error) {
    return (
      <div className={classes.page}>
        <FailedState problem={problemOf(freshness.error)} onRetry={() => void freshness.refetch()} />
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

function Overview({ sources }: { sources: FreshnessBody[] }) {
  const [view, change] = useView();
  const user = useAppSelector((state) => state.session.user);
  const ownSegment = user?.segment ?? null;
  const tabs = tabsOf(sources, ownSegment);
  const tab = tabOf(view, tabs);
  const kind = KIND_OF[tab];
  const endMs = dataAsOfMs(sources, kind);
  const nowMs = useNow();
  const zone = view.zone ?? user?.preferences.zone ?? ZONE_DEFAULT;
  const choice = useMemo<PeriodChoice>(
    () => view.period ?? { kind: 'preset', preset: DEFAULT_PRESET[tab] },
    [view.period, tab],
  );
  const scope = useScopeOf({ view, choice, kind, zone, nowMs, endMs });
  const { t } = useLingui();

  return (
    <ZoneContext value={zone}>
      <ScopeContext value={scope}>
        <DataEndContext value={endMs}>
          <title>{t`Resumen · IACT`}</title>
          <div className={classes.strip}>
            <div className={classes.headline}>
              <h1>
                <Trans>Resumen</Trans>
              </h1>
              {tabs.length > 1 && <Tabs tabs={tabs} tab={tab} change={change} />}
              <div className={classes.fresh}>
                <FreshnessBadge source={worstOf(sources, kind)} endMs={endMs} nowMs={nowMs} />
              </div>
            </div>
            <FilterBar scope={scope} choice={choice} view={view} change={change} ownSegment={ownSegment} />
          </div>
          <div className={classes.page}>
            <PeriodLine scope={scope} endMs={endMs} />
            <Blocks tab={tab} sources={sources} />
          </div>
        </DataEndContext>
      </ScopeContext>
    </ZoneContext>
  );
}

function Blocks({ tab, sources }: { tab: Tab; sources: FreshnessBody[] }) {
  if (sources.length === 0) return <NoSource />;
  return tab === 'ivr' ? <LegacyOverview sources={sources} /> : <QueueOverview sources={sources} />;
}

/** The asked tab where there is such data, else the first that has. */
function tabOf(view: ViewState, tabs: Tab[]): Tab {
  return tabs.find((tab) => tab === view.tab) ?? tabs[0] ?? 'ivr';
}

/** Queue data has no segment: whoever is bound to one is not shown queues at all. */
export function tabsOf(sources: FreshnessBody[], ownSegment: string | null): Tab[] {
  const has = (kind: SourceKind) => sources.some((source) => source.kind === kind);
  const queues =
    ownSegment === null && sources.some(({ kind, data_as_of }) => kind === 'asterisk' && data_as_of);
  return [...(has('legacy') || !queues ? (['ivr'] as const) : []), ...(queues ? (['queues'] as const) : [])];
}

interface ScopeParts {
  view: ViewState;
  choice: PeriodChoice;
  kind: SourceKind;
  zone: string;
  nowMs: number;
  endMs: number | null;
}

function useScopeOf({ view, choice, kind, zone, nowMs, endMs }: ScopeParts): Scope {
  const resolved = resolvePeriod(choice, { nowMs, dataAsOfMs: endMs, zone });
  // The minute moves, the period seldom does: the same days stay the same object.
  const key = JSON.stringify(resolved);
  return useMemo(() => {
    const period = JSON.parse(key) as typeof resolved;
    const fitting = granularitiesFor(period.days);
    const granularity =
      view.granularity && fitting.includes(view.granularity)
        ? view.granularity
        : defaultGranularity(period.days);
    return {
      kind,
      zone,
      period,
      previous: previousPeriod(period, choice, zone),
      granularity,
      segment: view.segment,
      queue: view.queue,
    };
  }, [key, kind, zone, choice, view.granularity, view.segment, view.queue]);
}

function Tabs({ tabs, tab, change }: { tabs: Tab[]; tab: Tab; change: (part: Partial<ViewState>) => void }) {
  const { t } = useLingui();
  const names: Record<Tab, string> = { ivr: t`IVR`, queues: t`Colas` };
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

function NoSource() {
  return (
    <EmptyState title={<Trans>Todavía no hay datos</Trans>}>
      <Trans>Ninguna fuente está configurada. Se declaran en el archivo de fuentes del servidor.</Trans>
    </EmptyState>
  );
}
