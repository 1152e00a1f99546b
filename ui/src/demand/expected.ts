// What a day or an hour is usually like: the same weekday in the weeks before. Buckets and their local days come
// from the server; here they are only compared.
import type { Row } from '~/overview/answers';
import { addDays, type Day } from '~/period/zoned';

export const WEEKS = 8;
export const HISTORY_DAYS = WEEKS * 7;
// Fewer weeks than this tell nothing about what is usual.
const WEEKS_MIN = 4;
const LOW = 0.1;
const HIGH = 0.9;
// Of the robust z score (Iglewicz and Hoaglin): beyond it a value is hardly one of the same kind.
const Z_UNUSUAL = 3.5;
// Makes the median absolute deviation comparable with a standard deviation.
const MAD_SCALE = 1.4826;

export interface Expected {
  low: number;
  middle: number;
  high: number;
  /** How far values of this kind lie from the middle, never less than counting itself makes them. */
  spread: number;
}

export interface DayPoint {
  day: Day;
  calls: number;
  expected: Expected | null;
  unusual: boolean;
  holiday: boolean;
}

/** Linear interpolation between ranks; the values must be sorted and at least one. */
export function quantile(sorted: number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}

export function expectedFrom(values: number[]): Expected | null {
  if (values.length < WEEKS_MIN) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = quantile(sorted, 0.5);
  const deviations = sorted.map((value) => Math.abs(value - middle)).sort((a, b) => a - b);
  return {
    low: quantile(sorted, LOW),
    middle,
    high: quantile(sorted, HIGH),
    spread: Math.max(MAD_SCALE * quantile(deviations, 0.5), Math.sqrt(middle), 1),
  };
}

/** Calls by local day; days before the first with any call are not known to be empty and are left out. */
export function callsByDay(rows: Row[], metric: string): Map<Day, number> {
  const days = new Map<Day, number>();
  for (const row of rows) {
    const day = row.text('time')?.slice(0, 10);
    const calls = row.number(metric) ?? 0;
    if (day !== undefined && (calls > 0 || days.size > 0)) days.set(day, (days.get(day) ?? 0) + calls);
  }
  return days;
}

/** The days that the calendar calls holidays, of answers by `is_holiday`. */
export function holidaysIn(rows: Row[], metric: string): Set<Day> {
  const found = rows.filter((row) => row.flag('is_holiday') && (row.number(metric) ?? 0) > 0);
  return new Set(found.map((row) => row.text('time')?.slice(0, 10) ?? ''));
}

function weeksBefore<T>(day: Day, of: (day: Day) => T | undefined): T[] {
  return Array.from({ length: WEEKS }, (_, week) => of(addDays(day, -7 * (week + 1)))).filter(
    (value) => value !== undefined,
  );
}

export interface Span {
  first: Day;
  last: Day;
  /** The last whole day; those after it are still filling and never unusual. */
  lastWhole: Day;
}

/** Holidays say nothing of what is usual, and that one is unlike other days needs no looking into. */
export function dayPoints(
  days: Map<Day, number>,
  { first, last, lastWhole }: Span,
  holidays: ReadonlySet<Day> = new Set(),
): DayPoint[] {
  const points: DayPoint[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) {
    const calls = days.get(day);
    if (calls === undefined) continue;
    const expected = expectedFrom(
      weeksBefore(day, (earlier) => (holidays.has(earlier) ? undefined : days.get(earlier))),
    );
    const holiday = holidays.has(day);
    const unusual =
      expected !== null &&
      !holiday &&
      day <= lastWhole &&
      Math.abs(calls - expected.middle) > Z_UNUSUAL * expected.spread;
    points.push({ day, calls, expected, unusual, holiday });
  }
  return points;
}

export interface HourPoint {
  hour: number;
  calls: number | null;
  expected: Expected | null;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/**
 * One day hour by hour, beside the same hours of the same weekday before it. Hours that begin `until` or later (14.5
 * is half past two) have not come yet.
 */
export function hourPoints(rows: Row[], metric: string, day: Day, until = HOURS.length): HourPoint[] {
  const known = callsByDay(rows, metric);
  const byHour = new Map<string, number>();
  for (const row of rows) {
    const key = `${row.text('time')?.slice(0, 10)} ${row.number('hour_of_day')}`;
    byHour.set(key, (byHour.get(key) ?? 0) + (row.number(metric) ?? 0));
  }
  // Within a day with data, an hour without a row is an hour without calls.
  const at = (each: Day, hour: number) =>
    known.has(each) ? (byHour.get(`${each} ${hour}`) ?? 0) : undefined;
  return HOURS.map((hour) => ({
    hour,
    calls: hour < until ? (at(day, hour) ?? null) : null,
    expected: expectedFrom(weeksBefore(day, (earlier) => at(earlier, hour))),
  }));
}
