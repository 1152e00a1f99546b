import { describe, expect, it } from 'vitest';

import {
  type Compare,
  daysPeriod,
  defaultGranularity,
  granularitiesFor,
  type PeriodChoice,
  POINTS_MAX,
  type Preset,
  previousPeriod,
  quarterOf,
  resolvePeriod,
} from './presets';

const MEXICO = 'America/Mexico_City';
const ms = (iso: string) => Date.parse(iso);

function resolve(preset: Preset, now: string, dataAsOf: string | null, zone = MEXICO) {
  const choice: PeriodChoice = { kind: 'preset', preset };
  const clock = { nowMs: ms(now), dataAsOfMs: dataAsOf === null ? null : ms(dataAsOf), zone };
  const period = resolvePeriod(choice, clock);
  return { period, previous: previousPeriod(period, choice, zone) };
}

describe('with data up to now', () => {
  it.each<[Preset, string, string]>([
    ['today', '2026-05-14', '2026-05-14'],
    ['7d', '2026-05-08', '2026-05-14'],
    ['30d', '2026-04-15', '2026-05-14'],
    ['quarter', '2026-04-01', '2026-06-30'],
    ['last_quarter', '2026-01-01', '2026-03-31'],
  ])('%s', (preset, first, last) => {
    const { period } = resolve(preset, '2026-05-14T15:00:00-06:00', '2026-05-14T14:58:00-06:00');
    expect([period.first, period.last, period.anchored]).toEqual([first, last, false]);
  });

  it('compares a day that is still filling up to the same time of the day before', () => {
    const { period, previous } = resolve('today', '2026-05-14T15:00:00-06:00', '2026-05-14T14:52:00-06:00');
    expect(period.partialFromMs).toBe(ms('2026-05-14T14:52:00-06:00'));
    expect(previous.from).toBe('2026-05-13T00:00:00-06:00');
    expect(previous.to).toBe('2026-05-13T15:00:00-06:00');
  });

  it('compares a quarter with the quarter before it, up to the same day of it', () => {
    const { previous } = resolve('quarter', '2026-05-14T15:00:00-06:00', '2026-05-14T12:00:00-06:00');
    expect([previous.from, previous.to]).toEqual(['2026-01-01T00:00:00-06:00', '2026-02-13T12:00:00-06:00']);
  });
});

describe('with data that ended long ago', () => {
  const now = '2026-11-22T15:00:00-06:00';

  it.each<[Preset, string, string]>([
    ['today', '2025-12-31', '2025-12-31'],
    ['30d', '2025-12-02', '2025-12-31'],
    ['quarter', '2025-10-01', '2025-12-31'],
    ['last_quarter', '2025-07-01', '2025-09-30'],
  ])('%s hangs on the last day with data', (preset, first, last) => {
    const { period } = resolve(preset, now, '2025-12-31T23:50:00-06:00');
    expect([period.first, period.last, period.anchored]).toEqual([first, last, true]);
    expect(period.partialFromMs).toBeNull();
  });

  it('does not take the minutes after midnight for a day', () => {
    const { period } = resolve('today', now, '2026-01-01T00:11:44-06:00');
    expect(period.first).toBe('2025-12-31');
  });

  it('hangs on the day of the zone on screen', () => {
    const { period } = resolve('today', now, '2025-12-31T20:00:00-06:00', 'Europe/Madrid');
    expect(period.first).toBe('2026-01-01');
    expect(period.from).toBe('2026-01-01T00:00:00+01:00');
  });
});

it('takes a range as it is', () => {
  const choice: PeriodChoice = { kind: 'range', first: '2025-03-30', last: '2025-03-30' };
  const period = resolvePeriod(choice, { nowMs: 0, dataAsOfMs: null, zone: 'Europe/Madrid' });
  expect([period.from, period.to, period.days]).toEqual([
    '2025-03-30T00:00:00+01:00',
    '2025-03-31T00:00:00+02:00',
    1,
  ]);
  expect(previousPeriod(period, choice, 'Europe/Madrid').from).toBe('2025-03-29T00:00:00+01:00');
});

it('finds the quarter of a day', () => {
  expect(quarterOf('2024-02-29')).toEqual({ first: '2024-01-01', last: '2024-03-31' });
  expect(quarterOf('2025-12-31')).toEqual({ first: '2025-10-01', last: '2025-12-31' });
});

it('offers no granularity that draws too many points, and always one', () => {
  for (const days of [1, 2, 7, 30, 92, 365, 3650]) {
    const fitting = granularitiesFor(days);
    expect(fitting.length).toBeGreaterThan(0);
    if (fitting.includes('15min')) expect(days * 96).toBeLessThanOrEqual(POINTS_MAX);
    expect(fitting).toContain(defaultGranularity(days));
  }
});

describe('what a period is held against', () => {
  const choice: PeriodChoice = { kind: 'range', first: '2024-02-29', last: '2024-03-09' };
  const clock = { nowMs: ms('2024-05-01T12:00:00Z'), dataAsOfMs: null, zone: MEXICO };
  it.each<[Compare, string, string]>([
    ['previous_period', '2024-02-19', '2024-02-28'],
    ['previous_week', '2024-02-22', '2024-03-02'],
    ['previous_year', '2023-02-28', '2023-03-09'],
  ])('%s', (compare, first, last) => {
    const previous = previousPeriod(resolvePeriod(choice, clock), choice, MEXICO, compare);
    expect([previous.first, previous.last]).toEqual([first, last]);
  });

  it('begins and ends with the days of its zone', () => {
    const { from, to } = daysPeriod('2025-10-26', '2025-10-26', 'Europe/Madrid');
    expect([from, to]).toEqual(['2025-10-26T00:00:00+02:00', '2025-10-27T00:00:00+01:00']);
  });
});
