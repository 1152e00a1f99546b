import { useMemo } from 'react';

import type { FreshnessBody } from '~/api/generated';
import type { Targets } from '~/overview/bands';
import type { Scope, SourceKind } from '~/overview/scope';
import {
  defaultGranularity,
  granularitiesFor,
  type PeriodChoice,
  previousPeriod,
  resolvePeriod,
} from '~/period/presets';
import { type Tab, type ViewState } from '~/period/viewState';

/** The asked tab where there is such data, else the first that has. */
export function tabOf(view: ViewState, tabs: readonly Tab[]): Tab {
  return tabs.find((tab) => tab === view.tab) ?? tabs[0] ?? 'ivr';
}

const BOTH: readonly Tab[] = ['ivr', 'queues'];

/** Queue data has no segment: whoever is bound to one is not shown queues at all. */
export function tabsOf(sources: FreshnessBody[], ownSegment: string | null, wanted = BOTH): Tab[] {
  if (sources.length === 0) return [];
  const has = (kind: SourceKind) => sources.some((source) => source.kind === kind);
  const queues =
    ownSegment === null && sources.some(({ kind, data_as_of }) => kind === 'asterisk' && data_as_of);
  const there: Record<Tab, boolean> = { ivr: has('legacy') || !queues, queues };
  return wanted.filter((tab) => there[tab]);
}

interface ScopeParts {
  view: ViewState;
  choice: PeriodChoice;
  kind: SourceKind;
  zone: string;
  nowMs: number;
  endMs: number | null;
  targets: Targets;
}

export function useScopeOf({ view, choice, kind, zone, nowMs, endMs, targets }: ScopeParts): Scope {
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
    const compare = view.compare ?? 'previous_period';
    return {
      kind,
      zone,
      period,
      previous: previousPeriod(period, choice, zone, compare),
      compare,
      granularity,
      segment: view.segment,
      queue: view.queue,
      targets,
    };
  }, [key, kind, zone, choice, view.granularity, view.segment, view.queue, view.compare, targets]);
}
