// What every block of the overview asks about: which calls, when, in which zone.
import { createContext, use } from 'react';

import type { FilterIn, QueryRequest } from '~/api/generated';
import type { Compare, Granularity, Period } from '~/period/presets';

import type { Targets } from './bands';

export type SourceKind = 'legacy' | 'asterisk';

export interface Scope {
  kind: SourceKind;
  period: Period;
  previous: Period;
  compare: Compare;
  granularity: Granularity;
  zone: string;
  segment: string | null;
  queue: string | null;
  targets: Targets;
}

export const ScopeContext = createContext<Scope | null>(null);

export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (!scope) throw new Error('a block of the overview stands outside its scope');
  return scope;
}

/** The service level of the tiles and tables; its name travels with the number. */
export function serviceLevelOf({ targets }: Pick<Scope, 'targets'>): Targets['service_level']['measured_by'] {
  return targets.service_level.measured_by;
}

export function filtersOf({ kind, segment, queue }: Pick<Scope, 'kind' | 'segment' | 'queue'>): FilterIn[] {
  const dimension = kind === 'legacy' ? 'segment' : 'queue';
  const value = kind === 'legacy' ? segment : queue;
  return value === null ? [] : [{ dimension, op: 'in', values: [value] }];
}

type Ask = Pick<QueryRequest, 'metrics'> &
  Partial<Pick<QueryRequest, 'dimensions' | 'order_by' | 'limit' | 'totals' | 'service_level'>> & {
    granularity?: Granularity;
    period?: Period;
    unfiltered?: boolean;
  };

export function question(scope: Scope, { granularity, period, unfiltered, ...ask }: Ask): QueryRequest {
  const { from, to } = period ?? scope.period;
  const filters = unfiltered ? [] : filtersOf(scope);
  return {
    source_kind: scope.kind,
    ...(ask.metrics.includes('service_level') && { service_level: serviceLevelOf(scope) }),
    ...ask,
    time: { from, to, granularity: granularity ?? 'total', zone: scope.zone },
    ...(filters.length > 0 && { filters }),
  };
}
