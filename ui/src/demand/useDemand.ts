import { useMemo } from 'react';

import { rowsOf } from '~/overview/answers';
import { question, type Scope, useScope } from '~/overview/scope';
import { type Asked, useAnswer } from '~/overview/useAnswer';
import { daysPeriod, POINTS_MAX } from '~/period/presets';
import { addDays, type Day, dayAt, hourAt } from '~/period/zoned';

import {
  callsByDay,
  type DayPoint,
  dayPoints,
  HISTORY_DAYS,
  holidaysIn,
  type HourPoint,
  hourPoints,
} from './expected';

// A year of days is what one line can show; of a longer period the last year is drawn. Twice as many rows are asked
// for, with and without holidays, and eight weeks before.
export const DAYS_MAX = 371;
const HOUR_ROWS_MAX = 1_500; // nine weeks of hours

export function volumeOf({ kind }: Pick<Scope, 'kind'>): 'calls' | 'offered' {
  return kind === 'legacy' ? 'calls' : 'offered';
}

/** The last day of the period that can have data. */
export function lastKnownDay({ period, zone }: Pick<Scope, 'period' | 'zone'>): Day {
  return period.partialFromMs === null ? period.last : dayAt(period.partialFromMs - 1, zone);
}

export function useDays(): Asked & { points: DayPoint[] } {
  const scope = useScope();
  const last = lastKnownDay(scope);
  const { first: wanted } = scope.period;
  const earliest = addDays(last, 1 - DAYS_MAX);
  const first = wanted < earliest ? earliest : wanted;
  const volume = volumeOf(scope);
  const asked = useAnswer(
    question(scope, {
      metrics: [volume],
      dimensions: ['is_holiday'],
      granularity: 'day',
      period: daysPeriod(addDays(first, -HISTORY_DAYS), last, scope.zone),
      limit: POINTS_MAX,
    }),
  );
  const lastWhole = scope.period.partialFromMs === null ? last : addDays(last, -1);
  const points = useMemo(() => {
    const rows = rowsOf(asked.answer);
    return dayPoints(callsByDay(rows, volume), { first, last, lastWhole }, holidaysIn(rows, volume));
  }, [asked.answer, volume, first, last, lastWhole]);
  return { ...asked, points };
}

/** How much of a day there is data of, in hours of its clock. */
export function hoursKnown({ period, zone }: Pick<Scope, 'period' | 'zone'>, day: Day): number {
  const end = period.partialFromMs;
  return end === null || dayAt(end, zone) !== day ? 24 : hourAt(end, zone);
}

export function useHours(day: Day): Asked & { points: HourPoint[] } {
  const scope = useScope();
  const volume = volumeOf(scope);
  const asked = useAnswer(
    question(scope, {
      metrics: [volume],
      dimensions: ['hour_of_day'],
      granularity: 'day',
      period: daysPeriod(addDays(day, -HISTORY_DAYS), day, scope.zone),
      limit: HOUR_ROWS_MAX,
    }),
  );
  const until = hoursKnown(scope, day);
  const points = useMemo(
    () => hourPoints(rowsOf(asked.answer), volume, day, until),
    [asked.answer, volume, day, until],
  );
  return { ...asked, points };
}
