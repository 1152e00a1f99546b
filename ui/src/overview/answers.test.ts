import { describe, expect, it } from 'vitest';

import type { QueryAnswer } from '~/api/generated';
import { TARGETS } from '~/testing/analytics';

import { difference, ratio, relativeChange, rowsOf, totalsOf } from './answers';
import { abandonmentBand } from './bands';
import { busiestRows, heatGrid, withoutNoise } from './heatGrid';
import { sparkPath } from './Sparkline';
import { directionOf, verdictOf } from './Tile';

function answer(
  columns: [string, 'time' | 'dimension' | 'metric'][],
  rows: QueryAnswer['rows'],
): QueryAnswer {
  return {
    columns: columns.map(([name, kind]) => ({ name, kind })),
    rows,
    totals: [10, 3],
    meta: {
      zone: 'UTC',
      data_as_of: null,
      source_kind: 'legacy',
      sources: [],
      sources_as_of: [],
      answered_from: 'facts',
      elapsed_s: 0,
    },
    warnings: [],
  };
}

const cells = answer(
  [
    ['weekday', 'dimension'],
    ['hour_of_day', 'dimension'],
    ['calls', 'metric'],
    ['abandoned_rate', 'metric'],
  ],
  [
    [1, 9, 40, 0.5],
    [7, 23, 2, 1],
  ],
);

describe('an answer', () => {
  it('is read by name', () => {
    const [first] = rowsOf(cells);
    expect(first?.number('calls')).toBe(40);
    expect(first?.number('missing')).toBeNull();
    expect(first?.text('weekday')).toBe('1');
    expect(totalsOf(cells)?.number('abandoned_rate')).toBe(3);
    expect(rowsOf(undefined)).toEqual([]);
  });

  it('never divides by nothing', () => {
    expect(ratio(1, 4)).toBe(0.25);
    expect(ratio(1, 0)).toBeNull();
    expect(ratio(null, 4)).toBeNull();
    expect(relativeChange(110, 100)).toBeCloseTo(0.1);
    expect(relativeChange(5, 0)).toBeNull();
    expect(difference(null, 3)).toBeNull();
  });
});

it('names the band of an abandonment rate', () => {
  expect([0, 0.1999, 0.2, 0.3, 0.3001, null].map((rate) => abandonmentBand(rate, TARGETS))).toEqual([
    'optimal',
    'optimal',
    'acceptable',
    'acceptable',
    'critical',
    null,
  ]);
});

describe('the map', () => {
  const week = ['7', '1'];
  const counts = heatGrid(cells, { metric: 'calls', dimension: 'weekday', absent: 0 }, week);

  it('puts each number where it belongs and fills the rest', () => {
    expect(counts.values[1]?.[9]).toBe(40);
    expect(counts.values[0]?.[23]).toBe(2);
    expect(counts.values.flat().reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(42);
    expect(counts.peak).toEqual({ row: '1', hour: 9, value: 40 });
  });

  it('leaves out shares of a handful of calls', () => {
    const rates = heatGrid(cells, { metric: 'abandoned_rate', dimension: 'weekday', absent: null }, week);
    const quiet = withoutNoise(rates, counts, 10);
    expect(quiet.values[0]?.[23]).toBeNull();
    expect(quiet.max).toBe(0.5);
  });

  it('orders its rows by what they hold', () => {
    expect(busiestRows(cells, 'weekday', 'calls', 5)).toEqual(['1', '7']);
    expect(busiestRows(cells, 'weekday', 'calls', 1)).toEqual(['1']);
  });
});

describe('a tile', () => {
  it('says whether a change is for the better', () => {
    expect(verdictOf(directionOf(0.02), 'down')).toBe('bad');
    expect(verdictOf(directionOf(-0.02), 'down')).toBe('good');
    expect(verdictOf(directionOf(0.02), 'none')).toBe('none');
    expect(directionOf(0.0004)).toBe('same');
  });

  it('draws a shape of three values and more, with holes where nothing is known', () => {
    expect(sparkPath([1, 2])).toBeNull();
    expect(sparkPath([1, 2, 3])).toMatch(/^M0\.0 24\.0L48\.0 13\.0L96\.0 2\.0$/);
    expect(sparkPath([1, 2, null, 3, 4])?.match(/M/g)).toHaveLength(2);
  });
});
