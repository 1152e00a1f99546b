import { describe, expect, it } from 'vitest';

import type { QueryAnswer } from '~/api/generated';
import { rowsOf } from '~/overview/answers';
import type { Bucket } from '~/overview/useTrend';
import { TARGETS } from '~/testing/analytics';

import { linesOf } from './BandsPanel';
import { controlChart, type Sample } from './control';
import { distribution, writeBand } from './distribution';
import { thresholdsWith } from './VariantsPanel';

const steady = (count: number): Sample[] =>
  Array.from({ length: count }, (_, index) => ({ part: index % 2 === 0 ? 29 : 31, whole: 100 }));
const answer = (columns: string[], rows: (string | number | null)[][]) =>
  rowsOf({ columns: columns.map((name) => ({ name, kind: 'metric' })), rows } as unknown as QueryAnswer);

describe('the control chart', () => {
  it('has no signal in steady shares, and its middle is sums over sums', () => {
    const points = controlChart(steady(20));
    expect(points.every((point) => point?.signal === null)).toBe(true);
    expect(points[0]?.middle).toBeCloseTo(0.3, 9);
    const uneven = controlChart([...steady(8), { part: 300, whole: 1000 }, { part: 10, whole: 10 }]);
    expect(uneven[0]?.middle).toBeCloseTo((240 + 300 + 10) / 1810, 9);
  });

  it('marks a share beyond its limits', () => {
    const points = controlChart([...steady(20), { part: 60, whole: 100 }]);
    expect(points.at(-1)?.signal).toBe('limit');
    expect(points.slice(0, -1).every((point) => point?.signal !== 'limit')).toBe(true);
  });

  it('marks the eighth in a row on one side, not the seventh', () => {
    const low = Array.from({ length: 10 }, () => ({ part: 27, whole: 100 }));
    const high = Array.from({ length: 10 }, () => ({ part: 33, whole: 100 }));
    const signals = controlChart([...low, ...high]).map((point) => point?.signal);
    expect(signals[6]).toBeNull();
    expect(signals[7]).toBe('run');
    expect(signals.slice(10, 17)).toEqual(Array(7).fill(null));
    expect(signals[17]).toBe('run');
  });

  it('is wider where fewer calls stand behind a share, and never leaves 0 to 1', () => {
    const points = controlChart([...steady(10), { part: 3, whole: 10 }]);
    const width = (index: number) => (points.at(index)?.high ?? 0) - (points.at(index)?.low ?? 0);
    expect(width(-1)).toBeGreaterThan(width(0));
    expect(points.every((point) => point !== null && point.low >= 0 && point.high <= 1)).toBe(true);
  });

  it('widens where shares move more than chance', () => {
    const wild = Array.from({ length: 20 }, (_, index) => ({ part: index % 2 ? 4500 : 3500, whole: 10_000 }));
    expect(controlChart(wild).every((point) => point?.signal !== 'limit')).toBe(true);
  });

  it('says nothing of few calls, of gaps, and of too few points', () => {
    const points = controlChart([...steady(8), { part: 9, whole: 9 }, { part: null, whole: null }]);
    expect(points.slice(8)).toEqual([null, null]);
    expect(controlChart(steady(7))).toEqual(Array(7).fill(null));
    expect(controlChart(Array.from({ length: 9 }, () => ({ part: 0, whole: 50 })))[0]).toMatchObject({
      rate: 0,
      low: 0,
      high: 0,
      signal: null,
    });
  });
});

describe('the distribution', () => {
  const rows = answer(
    ['wait_band', 'offered', 'abandoned'],
    [
      ['121-300', 20, 10],
      ['0', 60, 0],
      [null, 5, 0],
      ['11-20', 20, 5],
    ],
  );

  it('stands in the order of the bounds and adds up', () => {
    const bands = distribution(rows, 'wait_band', 'offered');
    expect(bands.map(({ band }) => band)).toEqual(['0', '11-20', '121-300']);
    expect(bands.map(({ upTo }) => upTo)).toEqual([0.6, 0.8, 1]);
    expect(bands.map(({ rate }) => rate)).toEqual([0, 0.25, 0.5]);
  });

  it('of nothing is nothing', () => {
    expect(distribution([], 'wait_band', 'offered')).toEqual([]);
  });

  it.each([
    ['61-120', '61–120 s'],
    ['601+', '601+ s'],
  ])('%s is written %s', (band, written) => {
    expect(writeBand(band)).toBe(written);
  });
});

it('the bands of abandonment hold each judged bucket once', () => {
  const bucket = (calls: number, abandoned: number): Bucket => ({
    start: '',
    short: '',
    long: '',
    partial: false,
    future: false,
    row: answer(['calls', 'abandoned'], [[calls, abandoned]])[0] ?? {
      text: () => null,
      number: () => null,
      flag: () => false,
    },
  });
  const lines = linesOf(
    [bucket(100, 10), bucket(100, 20), bucket(100, 30), bucket(100, 31), bucket(9, 9)],
    'calls',
    TARGETS,
  );
  expect(lines.map(({ band, buckets }) => [band, buckets])).toEqual([
    ['optimal', 1],
    ['acceptable', 2],
    ['critical', 1],
  ]);
  expect(lines[1]).toMatchObject({ calls: 200, abandoned: 50 });
});

it("offers the usual thresholds with this centre's own among them", () => {
  expect(thresholdsWith(20)).toEqual(['10', '20', '30', '60']);
  expect(thresholdsWith(15)).toEqual(['10', '15', '20', '30', '60']);
});
