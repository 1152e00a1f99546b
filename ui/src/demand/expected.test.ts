import { describe, expect, it } from 'vitest';

import type { QueryAnswer } from '~/api/generated';
import { rowsOf } from '~/overview/answers';
import { addDays, type Day } from '~/period/zoned';

import { callsByDay, dayPoints, expectedFrom, holidaysIn, hourPoints, quantile } from './expected';

const answer = (columns: string[], rows: (string | number | boolean | null)[][]) =>
  rowsOf({ columns: columns.map((name) => ({ name, kind: 'metric' })), rows } as unknown as QueryAnswer);

/** Days that end with `last`, oldest first. */
function daysUpTo(last: Day, calls: number[]): Map<Day, number> {
  return new Map(calls.map((value, index) => [addDays(last, index - calls.length + 1), value]));
}
const weeks = (count: number, week: number[]) => Array.from({ length: count }, () => week).flat();
const WEEK = [100, 110, 120, 110, 100, 40, 20];

describe('quantile', () => {
  it.each([
    [[5], 0.9, 5],
    [[1, 2, 3], 0.5, 2],
    [[0, 10], 0.1, 1],
    [[0, 10], 1, 10],
  ])('of %j at %d is %d', (values, share, expected) => {
    expect(quantile(values, share)).toBeCloseTo(expected, 9);
  });
});

describe('what is usual', () => {
  it('needs four weeks', () => {
    expect(expectedFrom([10, 10, 10])).toBeNull();
    expect(expectedFrom([10, 10, 10, 10])?.middle).toBe(10);
  });

  it('never spreads less than counting does', () => {
    expect(expectedFrom([100, 100, 100, 100])?.spread).toBe(10);
    expect(expectedFrom([0, 0, 0, 0])?.spread).toBe(1);
  });

  it('keeps low below the middle and the middle below high', () => {
    const { low, middle, high } = expectedFrom([9, 1, 7, 3, 5]) ?? { low: 1, middle: 0, high: 0 };
    expect(low).toBeLessThan(middle);
    expect(middle).toBeLessThan(high);
  });
});

describe('days', () => {
  const last = '2025-12-28'; // a Sunday
  const span = { first: '2025-12-22', last, lastWhole: last };

  it('are held against the same weekday, so that a Sunday is not strange for being a Sunday', () => {
    const points = dayPoints(daysUpTo(last, weeks(9, WEEK)), span);
    expect(points.map(({ calls }) => calls)).toEqual(WEEK);
    expect(points.map(({ expected }) => expected?.middle)).toEqual(WEEK);
    expect(points.some(({ unusual }) => unusual)).toBe(false);
  });

  it('are unusual both when far too busy and far too quiet', () => {
    const calls = weeks(9, WEEK);
    calls[calls.length - 7] = 200;
    calls[calls.length - 5] = 10;
    const points = dayPoints(daysUpTo(last, calls), span);
    expect(points.filter(({ unusual }) => unusual).map(({ day }) => day)).toEqual([
      '2025-12-22',
      '2025-12-24',
    ]);
  });

  it('that are still filling are not judged', () => {
    const calls = weeks(9, WEEK);
    calls[calls.length - 1] = 0;
    const points = dayPoints(daysUpTo(last, calls), { ...span, lastWhole: '2025-12-27' });
    expect(points.at(-1)).toMatchObject({ day: last, calls: 0, unusual: false });
  });

  it('that are holidays are not unusual, and say nothing of what is usual', () => {
    const calls = weeks(9, WEEK);
    calls[calls.length - 5] = 10;
    const days = daysUpTo(last, calls);
    const holiday = '2025-12-24';
    const before = addDays(holiday, -7);
    days.set(before, 1);
    const points = dayPoints(days, span, new Set([holiday, before]));
    expect(points.find(({ day }) => day === holiday)).toMatchObject({
      calls: 10,
      unusual: false,
      holiday: true,
      expected: { low: 120, middle: 120, high: 120 },
    });
    expect(points.filter(({ holiday: marked }) => marked)).toHaveLength(1);
  });

  it('are added up over both sides of the calendar, which tells the holidays', () => {
    const rows = answer(
      ['time', 'is_holiday', 'calls'],
      [
        ['2025-12-24T00:00:00-06:00', false, 9],
        ['2025-12-24T00:00:00-06:00', true, 0],
        ['2025-12-25T00:00:00-06:00', false, 0],
        ['2025-12-25T00:00:00-06:00', true, 4],
      ],
    );
    expect([...callsByDay(rows, 'calls')]).toEqual([
      ['2025-12-24', 9],
      ['2025-12-25', 4],
    ]);
    expect([...holidaysIn(rows, 'calls')]).toEqual(['2025-12-25']);
  });

  it('before the first call are unknown, not empty', () => {
    const rows = answer(
      ['time', 'calls'],
      [
        ['2025-12-01T00:00:00-06:00', 0],
        ['2025-12-02T00:00:00-06:00', 7],
        ['2025-12-03T00:00:00-06:00', 0],
      ],
    );
    expect([...callsByDay(rows, 'calls')]).toEqual([
      ['2025-12-02', 7],
      ['2025-12-03', 0],
    ]);
  });
});

describe('hours', () => {
  it('of a day stand beside the same hours of its weekday; the hour that occurs twice is added up', () => {
    const day = '2025-10-26';
    const earlier = [1, 2, 3, 4].map((week) => [`${addDays(day, -7 * week)}T00:00:00+02:00`, 9, 5]);
    const rows = answer(
      ['time', 'hour_of_day', 'calls'],
      [...earlier.reverse(), [`${day}T00:00:00+02:00`, 2, 3], [`${day}T00:00:00+02:00`, 2, 4]],
    );
    const points = hourPoints(rows, 'calls', day);
    expect(points).toHaveLength(24);
    expect(points[2]).toMatchObject({ calls: 7 });
    expect(points[9]).toMatchObject({ calls: 0, expected: { low: 5, middle: 5, high: 5 } });
  });

  it('of a day without data are nothing', () => {
    expect(hourPoints([], 'calls', '2025-10-26').every(({ calls }) => calls === null)).toBe(true);
  });
});
