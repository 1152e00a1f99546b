// A small analytics service: it answers every question with the numbers that a test gives it.
import type { CatalogAnswer, FreshnessBody, QueryAnswer, QueryRequest, CentreTargets } from '~/api/generated';

import type { Reply, Sent } from './page';

export interface World {
  sources: FreshnessBody[];
  /** Numbers by metric; a metric that is not named is null. */
  numbers: Record<string, number>;
  /** The relative error of metrics that are not exact in these answers. */
  estimated?: Record<string, number>;
  /** The values that a dimension takes. */
  values?: Record<string, (string | number)[]>;
  /** What the centre holds itself to, where that is not what everybody starts with. */
  targets?: CentreTargets;
}

export const LEGACY: FreshnessBody = {
  source: 'legacy',
  kind: 'legacy',
  zone: 'America/Mexico_City',
  version: 1,
  data_as_of: '2025-12-31T23:50:00-06:00',
  last_success_at: '2026-01-01T02:00:00-06:00',
  state: 'fresh',
  reason_code: 'up_to_date',
  reason: 'The source was read less than an hour ago.',
};
export const QUEUES: FreshnessBody = {
  ...LEGACY,
  source: 'pbx',
  kind: 'asterisk',
  data_as_of: '2025-12-31T20:44:00-06:00',
};

export const TARGETS: CentreTargets = {
  abandonment: { optimal_below: 0.2, critical_above: 0.3 },
  service_level: {
    at_least: 0.8,
    critical_below: 0.7,
    measured_by: { variant: 'B', threshold_s: 20, comparison: 'lte', short_abandon_s: 5 },
  },
};

const CATALOG: CatalogAnswer = {
  metrics: [
    {
      name: 'abandoned_rate',
      unit: 'ratio',
      good: 'down',
      forms: [
        {
          source_kind: 'legacy',
          formula: 'abandoned / calls',
          formula_es: 'abandonadas / llamadas',
          definition: { es: 'Abandonadas entre recibidas.', en: 'Abandoned calls over all calls received.' },
          version: 1,
          exact: true,
        },
      ],
    },
  ],
  dimensions: [],
  granularities: [],
  service_level_variants: ['A', 'B', 'C', 'D'],
};

export function analytics(world: World) {
  return ({ path, body }: Sent): Reply => {
    if (path.startsWith('/api/v1/ivr/freshness')) return { status: 200, body: { items: world.sources } };
    if (path.startsWith('/api/v1/ivr/runs')) return { status: 200, body: { items: [], next_cursor: null } };
    if (path.startsWith('/api/v1/analytics/catalog')) return { status: 200, body: CATALOG };
    if (path === '/api/v1/analytics/targets') return { status: 200, body: world.targets ?? TARGETS };
    if (path === '/api/v1/analytics/query')
      return { status: 200, body: answerTo(body as QueryRequest, world) };
    return { status: 404, body: { status: 404, title: 'Not found' } };
  };
}

function answerTo(query: QueryRequest, { numbers, values = {}, estimated = {} }: World): QueryAnswer {
  const dimensions = query.dimensions ?? [];
  const timed = query.time.granularity !== 'total';
  const metrics = query.metrics.map((metric) => numbers[metric] ?? null);
  const keys = dimensions.reduce<(string | number)[][]>(
    (rows, dimension) => rows.flatMap((row) => (values[dimension] ?? []).map((value) => [...row, value])),
    [timed ? [query.time.from] : []],
  );
  return {
    columns: [
      ...(timed ? [{ name: 'time', kind: 'time' as const }] : []),
      ...dimensions.map((name) => ({ name, kind: 'dimension' as const })),
      ...query.metrics.map((name) => ({
        name,
        kind: 'metric' as const,
        exact: !(name in estimated),
        error: estimated[name] ?? null,
        version: 1,
      })),
    ],
    rows: keys.map((key) => [...key, ...metrics]),
    totals: query.totals ? metrics : null,
    meta: {
      zone: query.time.zone ?? 'UTC',
      data_as_of: null,
      source_kind: query.source_kind ?? 'legacy',
      sources: [],
      sources_as_of: [],
      answered_from: 'facts',
      elapsed_s: 0.01,
    },
    warnings: [],
    next_cursor: null,
  };
}
