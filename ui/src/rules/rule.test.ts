import { describe, expect, it } from 'vitest';

import type { CatalogAnswer } from '~/api/generated';
import type { Problem } from '~/api/problems';

import {
  bodyOf,
  COMPARISONS,
  type Definition,
  definitionOf,
  draftOf,
  fieldOf,
  limitsIn,
  metricsOf,
  NEW_RULE,
  onlyOf,
  refusalsOf,
  secondsOf,
  sourceKindOf,
  spanOf,
  unitOf,
  WINDOW_S,
} from './rule';

type Metric = CatalogAnswer['metrics'][number];
const form = (source_kind: 'legacy' | 'asterisk'): Metric['forms'][number] => ({
  source_kind,
  formula: '',
  formula_es: '',
  definition: { es: '', en: '' },
  version: 1,
  exact: true,
});
const METRICS: Metric[] = [
  { name: 'calls', unit: 'calls', good: 'none', forms: [form('legacy'), form('asterisk')] },
  { name: 'abandoned_rate', unit: 'ratio', good: 'down', forms: [form('legacy'), form('asterisk')] },
  { name: 'wait_s_p90', unit: 's', good: 'down', forms: [form('asterisk')] },
  { name: 'service_level', unit: 'ratio', good: 'up', forms: [form('asterisk')] },
];
const kept = (definition: Definition) => ({
  name: 'Abandono',
  severity: 'critical' as const,
  cooldown_s: 5_400,
  group: 'AGR-005',
  definition,
});
const there = (definition: Definition) => bodyOf(draftOf(kept(definition), METRICS), METRICS).definition;

const THRESHOLD: Extract<Definition, { kind: 'threshold' }> = {
  kind: 'threshold',
  source_kind: 'legacy',
  metric: 'abandoned_rate',
  window_minutes: 1_440,
  comparison: 'gt',
  value: 0.07,
  calls_min: 50,
  filters: [{ dimension: 'segment', op: 'in', values: ['puebla'] }],
};

describe('a length of time', () => {
  it.each([
    [0, { count: '0', unit: 'min' }],
    [90, { count: '90', unit: 's' }],
    [900, { count: '15', unit: 'min' }],
    [5_400, { count: '90', unit: 'min' }],
    [7_200, { count: '2', unit: 'h' }],
    [172_800, { count: '2', unit: 'd' }],
  ])('of %d s is %j, and back', (seconds, span) => {
    expect(spanOf(seconds)).toEqual(span);
    expect(secondsOf(spanOf(seconds))).toBe(seconds);
  });

  it('comes back from every number of seconds', () => {
    for (let seconds = 0; seconds < 200_000; seconds += 37) expect(secondsOf(spanOf(seconds))).toBe(seconds);
  });

  it('may have a fraction, but not be nothing', () => {
    expect(secondsOf({ count: '1.5', unit: 'h' })).toBe(5_400);
    expect(secondsOf({ count: ' ', unit: 'h' })).toBeNaN();
  });

  it('has its limits in the unit that is chosen', () => {
    expect(limitsIn(WINDOW_S, 'min')).toEqual({ min: 15, max: 132_480 });
    expect(limitsIn(WINDOW_S, 'd').max).toBe(92);
  });
});

describe('a rule and its form', () => {
  it('says shares in per cent, without the noise of the processor', () => {
    const draft = draftOf(kept(THRESHOLD), METRICS);
    expect(draft).toMatchObject({ value: '7', only: 'puebla', window: { count: '1', unit: 'd' } });
    expect(draft).toMatchObject({ cooldown: { count: '90', unit: 'min' }, group: 'AGR-005' });
  });

  it('loses nothing on the way there and back', () => {
    expect(there(THRESHOLD)).toEqual(THRESHOLD);
    const rules: Definition[] = COMPARISONS.flatMap((comparison) =>
      [-0.3, 0, 0.123456, 2].map((value): Definition => {
        const { metric, window_minutes, calls_min, source_kind } = THRESHOLD;
        const measured = {
          metric,
          window_minutes,
          calls_min: calls_min ?? 0,
          source_kind: source_kind ?? null,
        };
        return { ...measured, kind: 'change', compare: 'previous_year', comparison, value, filters: [] };
      }),
    );
    for (const rule of rules) expect(there(rule)).toEqual(rule);
  });

  it('keeps filters that it cannot make', () => {
    const filters: Definition = {
      ...THRESHOLD,
      filters: [
        { dimension: 'segment', op: 'in', values: ['puebla'] },
        { dimension: 'menu', op: 'prefix', values: ['RES'] },
      ],
    };
    expect(draftOf(kept(filters), METRICS).otherFilters).toHaveLength(1);
    expect(there(filters)).toEqual(filters);
    const several = [{ dimension: 'segment', op: 'in' as const, values: ['puebla', 'nacional_A'] }];
    expect(onlyOf(several, 'legacy')).toEqual({ only: '', others: several });
  });

  it('shows a fall as a positive number', () => {
    const fall: Definition = {
      ...THRESHOLD,
      kind: 'change',
      compare: 'previous_week',
      comparison: 'lt',
      value: -0.2,
    };
    expect(draftOf(kept(fall), METRICS).value).toBe('20');
    expect(there(fall)).toEqual(fall);
  });

  it('keeps the definition of a service level, and sends it with no other metric', () => {
    const level: Definition = {
      kind: 'threshold',
      source_kind: 'asterisk',
      metric: 'service_level',
      window_minutes: 60,
      comparison: 'lt',
      value: 0.8,
      calls_min: 0,
      filters: [{ dimension: 'queue', op: 'in', values: ['ventas'] }],
      service_level: { variant: 'C', threshold_s: 30, comparison: 'lt', short_abandon_s: 3 },
    };
    expect(there(level)).toEqual(level);
    expect(definitionOf({ ...draftOf(kept(level), METRICS), metric: 'calls' }, METRICS)).not.toHaveProperty(
      'service_level',
    );
  });

  it('about missing data has neither metric nor window', () => {
    const missing: Definition = {
      kind: 'missing_data',
      source_kind: 'asterisk',
      source: 'pbx',
      age_minutes: 90,
    };
    expect(there(missing)).toEqual(missing);
    expect(there({ ...missing, source: null })).toEqual({ ...missing, source: null });
  });

  it('sends no number where none is typed, and nobody else to be told', () => {
    const body = bodyOf({ ...NEW_RULE, name: ' Lunes ', value: '' }, METRICS);
    expect(body).toMatchObject({ name: 'Lunes', group: null, cooldown_s: 3_600 });
    expect(body.definition).toMatchObject({ value: NaN });
  });
});

describe('what a rule is about', () => {
  it('is the kind that knows it, where none is named', () => {
    const bare = { ...THRESHOLD, source_kind: null, filters: [] };
    expect(sourceKindOf(bare, METRICS)).toBe('legacy');
    expect(sourceKindOf({ ...bare, metric: 'wait_s_p90' }, METRICS)).toBe('asterisk');
    const queue = [{ dimension: 'queue', op: 'in' as const, values: ['ventas'] }];
    expect(sourceKindOf({ ...bare, filters: queue }, METRICS)).toBe('asterisk');
  });

  it('has the metrics of its kind, each with its unit', () => {
    expect(metricsOf('legacy', METRICS)).toEqual(['calls', 'abandoned_rate']);
    expect(unitOf('wait_s_p90', METRICS)).toBe('s');
    expect(
      ['repeat_rate_24h', 'asa_s', 'offered', 'occupancy'].map((name) => unitOf(name, undefined)),
    ).toEqual(['ratio', 's', 'calls', 'ratio']);
  });
});

describe('a refusal', () => {
  it.each([
    ['name', 'name'],
    ['definition.threshold.value', 'value'],
    ['definition.window_minutes', 'window'],
    ['definition.filters.0.values', 'only'],
    ['definition.filters[0].dimension', 'only'],
    ['definition.metrics', 'metric'],
    ['definition.missing_data.age_minutes', 'age'],
    ['cooldown_s', 'cooldown'],
    ['body', null],
  ])('of %s stands at %s', (param, field) => {
    expect(fieldOf(param)).toBe(field);
  });

  const problem = (...fields: Problem['fields']): Problem => ({
    kind: 'http',
    status: 422,
    type: null,
    title: null,
    detail: 'no',
    requestId: null,
    fields,
    retryAfterS: null,
  });

  it('is shown once, where it belongs, in the words of the page', () => {
    const say = (sentence: string) => sentence.toUpperCase();
    const value = { param: 'definition.change.value', detail: 'is not a number', suggestion: null };
    const metric = { param: 'definition.metrics', detail: 'there is no such metric', suggestion: 'calls' };
    expect(refusalsOf(problem(value, metric), say)).toEqual({
      fields: { value: 'IS NOT A NUMBER', metric: 'THERE IS NO SUCH METRIC (calls)' },
      whole: false,
    });
    expect(refusalsOf(problem(), say)).toEqual({ fields: {}, whole: true });
    expect(refusalsOf(problem({ ...value, param: 'elsewhere' }), say).whole).toBe(true);
    expect(refusalsOf(null, say)).toEqual({ fields: {}, whole: false });
  });
});
