// A rule as the interface knows it, and as a person fills it in. Pure.
import type { AlertRuleIn, AlertRuleOut, CatalogAnswer, FilterIn, ThresholdRule } from '~/api/generated';
import type { Problem } from '~/api/problems';
import type { SourceKind } from '~/overview/scope';

export const EDIT_RULES = 'ALR-002';
export const RULES_OF_GROUPS = 'ALR-003';
export const PAUSE_RULES = 'ALR-004';
export const DISABLE_RULES = 'ALR-005';
export const SUBSCRIBE = 'ALR-008';
export const UNSUBSCRIBE = 'ALR-009';
export const CHOOSE_SEVERITY = 'ALR-010';
export const SEE_NUMBERS = 'RPT-001';
export const FILTER_NUMBERS = 'RPT-003';

export type Definition = AlertRuleIn['definition'];
export type Measured = Exclude<Definition, { kind: 'missing_data' }>;
export type RuleKind = Definition['kind'];
export type Severity = AlertRuleOut['severity'];
export type Comparison = ThresholdRule['comparison'];
export type Compare = Extract<Definition, { kind: 'change' }>['compare'];
export type ServiceLevel = NonNullable<ThresholdRule['service_level']>;

export const SEVERITIES: Severity[] = ['info', 'warning', 'critical'];
export const COMPARISONS: Comparison[] = ['gt', 'gte', 'lt', 'lte'];
export const COMPARES: Compare[] = ['previous_period', 'previous_week', 'previous_year'];

const MINUTE_S = 60;
const UNIT_S = { d: 86_400, h: 3_600, min: MINUTE_S, s: 1 } as const;
export type TimeUnit = keyof typeof UNIT_S;

/** Limits of the interface, in seconds: the finest interval of data to a quarter; and a month. */
export const WINDOW_S = { min: 15 * MINUTE_S, max: 92 * UNIT_S.d };
export const AGE_S = { min: MINUTE_S, max: 31 * UNIT_S.d };
export const COOLDOWN_S = { min: 0, max: 31 * UNIT_S.d };

/** A length of time as it is typed. */
export interface Span {
  count: string;
  unit: TimeUnit;
}

/** In the largest unit that says it exactly. */
export function spanOf(seconds: number): Span {
  const units = Object.keys(UNIT_S) as TimeUnit[];
  const unit = seconds === 0 ? 'min' : (units.find((each) => seconds % UNIT_S[each] === 0) ?? 's');
  return { count: String(seconds / UNIT_S[unit]), unit };
}

/** NaN where nothing, or no number, is typed: the interface then names the field. */
export function secondsOf({ count, unit }: Span): number {
  return exact(typed(count) * UNIT_S[unit]);
}

export function limitsIn({ min, max }: { min: number; max: number }, unit: TimeUnit) {
  return { min: min / UNIT_S[unit], max: max / UNIT_S[unit] };
}

function typed(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

/** 0.07 × 100 is 7, whatever the processor says; and there is one zero only. */
function exact(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}

export interface RuleDraft {
  name: string;
  severity: Severity;
  cooldown: Span;
  group: string;
  kind: RuleKind;
  sourceKind: SourceKind;
  metric: string;
  comparison: Comparison;
  /** As it is typed: shares and changes in per cent, a fall as a positive number. */
  value: string;
  compare: Compare;
  window: Span;
  callsMin: string;
  /** The one segment or queue that it is about; empty is all. */
  only: string;
  /** Filters that this form does not make, but keeps. */
  otherFilters: FilterIn[];
  serviceLevel: ServiceLevel;
  serviceSeconds: string;
  source: string;
  age: Span;
}

export const NEW_RULE: RuleDraft = {
  name: '',
  severity: 'warning',
  cooldown: { count: '1', unit: 'h' },
  group: '',
  kind: 'threshold',
  sourceKind: 'legacy',
  metric: 'abandoned_rate',
  comparison: 'gt',
  value: '',
  compare: 'previous_week',
  window: { count: '1', unit: 'h' },
  callsMin: '0',
  only: '',
  otherFilters: [],
  serviceLevel: { variant: 'B', comparison: 'lte', short_abandon_s: 5 },
  serviceSeconds: '20',
  source: '',
  age: { count: '2', unit: 'h' },
};

type Metrics = CatalogAnswer['metrics'] | undefined;

/** The unit of a metric; before the catalogue has come, by its name. */
export function unitOf(metric: string, metrics: Metrics): string {
  const known = metrics?.find(({ name }) => name === metric)?.unit;
  if (known !== undefined) return known;
  if (/_rate(_|$)|^service_level$|^occupancy$/.test(metric)) return 'ratio';
  return /_s(_|$)/.test(metric) ? 's' : 'calls';
}

export function metricsOf(kind: SourceKind, metrics: Metrics): string[] {
  return (metrics ?? [])
    .filter(({ forms }) => forms.some(({ source_kind }) => source_kind === kind))
    .map(({ name }) => name);
}

export const dimensionOf = (kind: SourceKind) => (kind === 'legacy' ? 'segment' : 'queue');
const falls = (comparison: Comparison) => comparison === 'lt' || comparison === 'lte';
const QUEUE_DIMENSIONS = ['queue', 'agent', 'exit', 'wait_band'];

/** Left out, the kind is the only one that knows everything asked, else the IVR. */
export function sourceKindOf(definition: Definition, metrics: Metrics): SourceKind {
  if (definition.kind === 'missing_data') return definition.source_kind;
  if (definition.source_kind) return definition.source_kind;
  if (definition.filters?.some(({ dimension }) => QUEUE_DIMENSIONS.includes(dimension))) return 'asterisk';
  const forms = metrics?.find(({ name }) => name === definition.metric)?.forms;
  return forms && !forms.some(({ source_kind }) => source_kind === 'legacy') ? 'asterisk' : 'legacy';
}

/** The filter that the form makes itself, apart from the others. */
export function onlyOf(filters: FilterIn[], kind: SourceKind): { only: string; others: FilterIn[] } {
  const at = filters.findIndex(
    ({ dimension, op, values }) =>
      dimension === dimensionOf(kind) && op === 'in' && values?.length === 1 && typeof values[0] === 'string',
  );
  const value = filters[at]?.values?.[0];
  if (typeof value !== 'string') return { only: '', others: filters };
  return { only: value, others: filters.filter((_, index) => index !== at) };
}

type Kept = Pick<AlertRuleOut, 'name' | 'severity' | 'cooldown_s' | 'group' | 'definition'>;

export const definitionIn = ({ definition }: Pick<AlertRuleOut, 'definition'>) => definition as Definition;

/** A rule as the form shows it. */
export function draftOf(rule: Kept, metrics: Metrics): RuleDraft {
  const definition = definitionIn(rule);
  const about = {
    ...NEW_RULE,
    name: rule.name,
    severity: rule.severity,
    cooldown: spanOf(rule.cooldown_s),
    group: rule.group ?? '',
    kind: definition.kind,
    sourceKind: sourceKindOf(definition, metrics),
  };
  if (definition.kind === 'missing_data') {
    return { ...about, source: definition.source ?? '', age: spanOf(definition.age_minutes * MINUTE_S) };
  }
  return { ...about, ...measuredDraft(definition, metrics) };
}

function measuredDraft(definition: Measured, metrics: Metrics): Partial<RuleDraft> {
  const { metric, comparison, value } = definition;
  const { only, others } = onlyOf(definition.filters ?? [], sourceKindOf(definition, metrics));
  const sign = definition.kind === 'change' && falls(comparison) ? -1 : 1;
  const { threshold_s: seconds = 20, ...serviceLevel } = definition.service_level ?? {};
  return {
    metric,
    comparison,
    value: String(exact(sign * value * scaleOf(definition.kind, metric, metrics))),
    ...(definition.kind === 'change' && { compare: definition.compare }),
    window: spanOf(definition.window_minutes * MINUTE_S),
    callsMin: String(definition.calls_min ?? 0),
    only,
    otherFilters: others,
    serviceLevel: { ...NEW_RULE.serviceLevel, ...serviceLevel },
    serviceSeconds: String(seconds),
  };
}

export function inPercent(kind: RuleKind, metric: string, metrics: Metrics): boolean {
  return kind === 'change' || unitOf(metric, metrics) === 'ratio';
}

const scaleOf = (kind: RuleKind, metric: string, metrics: Metrics) =>
  inPercent(kind, metric, metrics) ? 100 : 1;

/** What a form says, as the interface takes it. */
export function bodyOf(draft: RuleDraft, metrics: Metrics): AlertRuleIn {
  const group = draft.group.trim();
  return {
    name: draft.name.trim(),
    severity: draft.severity,
    cooldown_s: secondsOf(draft.cooldown),
    group: group === '' ? null : group,
    definition: definitionOf(draft, metrics),
  };
}

export function definitionOf(draft: RuleDraft, metrics: Metrics): Definition {
  const { kind, sourceKind, metric, comparison, only, otherFilters } = draft;
  if (kind === 'missing_data') {
    const age_minutes = exact(secondsOf(draft.age) / MINUTE_S);
    return { kind, source_kind: sourceKind, source: draft.source === '' ? null : draft.source, age_minutes };
  }
  const sign = kind === 'change' && falls(comparison) ? -1 : 1;
  const own: FilterIn[] =
    only === '' ? [] : [{ dimension: dimensionOf(sourceKind), op: 'in', values: [only] }];
  const measured = {
    source_kind: sourceKind,
    metric,
    comparison,
    value: exact((sign * typed(draft.value)) / scaleOf(kind, metric, metrics)),
    window_minutes: exact(secondsOf(draft.window) / MINUTE_S),
    calls_min: typed(draft.callsMin),
    filters: [...own, ...otherFilters],
    ...(metric === 'service_level' && {
      service_level: { ...draft.serviceLevel, threshold_s: typed(draft.serviceSeconds) },
    }),
  };
  return kind === 'change' ? { ...measured, kind, compare: draft.compare } : { ...measured, kind };
}

export type RuleField =
  | 'name'
  | 'severity'
  | 'cooldown'
  | 'group'
  | 'sourceKind'
  | 'metric'
  | 'comparison'
  | 'value'
  | 'compare'
  | 'window'
  | 'callsMin'
  | 'only'
  | 'service'
  | 'source'
  | 'age';

/** Fields of the interface that are called otherwise here. */
const FIELD_OF: Record<string, RuleField> = {
  name: 'name',
  severity: 'severity',
  cooldown_s: 'cooldown',
  group: 'group',
  source_kind: 'sourceKind',
  metric: 'metric',
  metrics: 'metric',
  comparison: 'comparison',
  value: 'value',
  compare: 'compare',
  window_minutes: 'window',
  time: 'window',
  calls_min: 'callsMin',
  filters: 'only',
  service_level: 'service',
  source: 'source',
  age_minutes: 'age',
};
const ABOVE = /^definition\.(?:(?:threshold|change|missing_data)\.)?/;

/** The field that a refusal is about; null for one that stands nowhere in the form. */
export function fieldOf(param: string): RuleField | null {
  return FIELD_OF[param.replace(ABOVE, '').split(/[.[]/)[0] ?? ''] ?? null;
}

export type FieldErrors = Partial<Record<RuleField, string>>;

/** What was refused, by field, as `say` has it; `whole` is set where something is left to be said about the rule as a whole. */
export function refusalsOf(
  problem: Problem | null,
  say: (sentence: string) => string,
): { fields: FieldErrors; whole: boolean } {
  if (problem === null) return { fields: {}, whole: false };
  const fields: FieldErrors = {};
  let whole = problem.fields.length === 0;
  for (const { param, detail, suggestion } of problem.fields) {
    const field = fieldOf(param);
    if (field === null) whole = true;
    else fields[field] ??= suggestion === null ? say(detail) : `${say(detail)} (${suggestion})`;
  }
  return { fields, whole };
}
