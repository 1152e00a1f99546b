// What a plan asks, read from its address and turned into the requests of the interface. Pure.
import type { ForecastRequest, StaffingRequest } from '~/api/generated';
import { filtersOf, type SourceKind } from '~/overview/scope';
import { addDays, type Day, isDay } from '~/period/zoned';

export const INTERVALS = ['15min', '30min', 'hour', 'day'] as const;
export type Interval = (typeof INTERVALS)[number];
/** Of the IVR's calls only the transferred ones reach an agent. */
export const COUNTED = ['transferred', 'calls'] as const;
export type Counted = (typeof COUNTED)[number];
export const MODELS = ['erlang_a', 'erlang_c'] as const;
export type Model = (typeof MODELS)[number];

/** The limits that the interface has, so that a field refuses before the server has to. */
export const LIMITS = {
  days: { min: 1, max: 92, fallback: 7 },
  aht: { min: 1, max: 86_400, fallback: null },
  patience: { min: 1, max: 86_400, fallback: null },
  target: { min: 1, max: 99, fallback: 80 },
  threshold: { min: 0, max: 86_400, fallback: 20 },
  occupancy: { min: 1, max: 100, fallback: 85 },
  shrinkage: { min: 0, max: 94, fallback: 30 },
  agents: { min: 0, max: 10_000, fallback: null },
} as const;
export type PlanNumber = keyof typeof LIMITS;

export interface PlanState {
  kind: SourceKind;
  start: Day;
  interval: Interval;
  counted: Counted;
  model: Model;
  segment: string | null;
  queue: string | null;
  numbers: Record<PlanNumber, number | null>;
}

function oneOf<T extends string>(allowed: readonly T[], text: string | null, fallback: T): T {
  return allowed.find((value) => value === text) ?? fallback;
}

function readNumber(text: string | null, name: PlanNumber): number | null {
  const { min, max, fallback } = LIMITS[name];
  if (!text || !/^\d{1,6}(\.\d{1,3})?$/.test(text)) return fallback;
  const value = Number(text);
  return value >= min && value <= max ? value : fallback;
}

export function readPlan(params: URLSearchParams, kinds: readonly SourceKind[], after: Day): PlanState {
  const start = params.get('start');
  const wanted: SourceKind = params.get('tab') === 'queues' ? 'asterisk' : 'legacy';
  const names = Object.keys(LIMITS) as PlanNumber[];
  return {
    kind: kinds.includes(wanted) ? wanted : (kinds[0] ?? 'legacy'),
    start: isDay(start) ? start : after,
    interval: oneOf(INTERVALS, params.get('by'), 'hour'),
    counted: oneOf(COUNTED, params.get('of'), 'transferred'),
    model: oneOf(MODELS, params.get('model'), 'erlang_a'),
    segment: params.get('segment'),
    queue: params.get('queue'),
    numbers: Object.fromEntries(names.map((name) => [name, readNumber(params.get(name), name)])) as Record<
      PlanNumber,
      number | null
    >,
  };
}

export function forecastOf(plan: PlanState, zone: string, mayFilter: boolean): ForecastRequest {
  const filters = mayFilter ? filtersOf(plan) : [];
  return {
    source_kind: plan.kind,
    metric: metricOf(plan),
    from: plan.start,
    to: addDays(plan.start, plan.numbers.days ?? LIMITS.days.fallback),
    interval: plan.interval,
    zone,
    ...(filters.length > 0 && { filters }),
  };
}

export function metricOf({ kind, counted }: PlanState): Counted | 'offered' {
  return kind === 'legacy' ? counted : 'offered';
}

export interface Learnable {
  from: string;
  to: string;
}

/**
 * Null when the time that a call takes is neither given nor to be learned: then there is nothing to compute.
 * A given value outranks a learned one.
 */
export function staffingOf(
  plan: PlanState,
  forecast: ForecastRequest,
  learnFrom: Learnable | null,
): StaffingRequest | null {
  // Staffing is for less than a day: nobody is rostered by the average of one.
  const times = plan.interval === 'day' ? null : timesOf(plan, learnFrom);
  if (times === null) return null;
  const number = (name: 'target' | 'threshold' | 'occupancy' | 'shrinkage') =>
    plan.numbers[name] ?? LIMITS[name].fallback;
  return {
    model: plan.model,
    forecast,
    ...times,
    target: {
      service_level: number('target') / 100,
      threshold_s: number('threshold'),
      occupancy_max: number('occupancy') / 100,
    },
    shrinkage: number('shrinkage') / 100,
    ...(plan.numbers.agents !== null && { agents: plan.numbers.agents }),
  };
}

type Times = Pick<StaffingRequest, 'aht_s' | 'patience_s' | 'learn_from'>;

/** How long a call takes and a caller waits: given, learned, or null for not to be known. */
function timesOf({ model, numbers }: PlanState, learnFrom: Learnable | null): Times | null {
  const { aht } = numbers;
  const patience = model === 'erlang_a' ? numbers.patience : null;
  const complete = aht !== null && (model === 'erlang_c' || patience !== null);
  if (!complete && !learnFrom) return null;
  return {
    ...(aht !== null && { aht_s: aht }),
    ...(patience !== null && { patience_s: patience }),
    ...(!complete && { learn_from: learnFrom }),
  };
}
