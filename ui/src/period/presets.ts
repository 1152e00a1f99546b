// The periods a person can ask for, as calendar days of the zone on screen. When the data ends before the
// period would begin, the period hangs on the last day with data, and the screen says so.
import { addDays, type Day, dayAt, daysBetween, isDay, isoInZone, startOfDayMs } from './zoned';

export const PRESETS = ['today', '7d', '30d', 'quarter', 'last_quarter'] as const;
export type Preset = (typeof PRESETS)[number];

export type PeriodChoice = { kind: 'preset'; preset: Preset } | { kind: 'range'; first: Day; last: Day };

export interface Period {
  first: Day;
  /** The last day, inclusive, as people say it. */
  last: Day;
  /** Half-open instants, as the interface wants them. */
  from: string;
  to: string;
  days: number;
  /** True when "today" was too late and the last day with data stands in for it. */
  anchored: boolean;
  /** The instant up to which there is data, when that lies inside the period. */
  partialFromMs: number | null;
}

interface Days {
  first: Day;
  last: Day;
}

export function quarterOf(day: Day): Days {
  const year = Number(day.slice(0, 4));
  const quarter = Math.floor((Number(day.slice(5, 7)) - 1) / 3);
  const first = monthStart(year, quarter * 3);
  return { first, last: addDays(monthStart(year, quarter * 3 + 3), -1) };
}

function monthStart(year: number, monthIndex: number): Day {
  return new Date(Date.UTC(year, monthIndex, 1)).toISOString().slice(0, 10);
}

function presetDays(preset: Preset, today: Day): Days {
  switch (preset) {
    case 'today':
      return { first: today, last: today };
    case '7d':
      return { first: addDays(today, -6), last: today };
    case '30d':
      return { first: addDays(today, -29), last: today };
    case 'quarter':
      return quarterOf(today);
    case 'last_quarter':
      return quarterOf(addDays(quarterOf(today).first, -1));
  }
}

export interface Clock {
  nowMs: number;
  /** Where the data ends; null when nothing was ever loaded or it is not known yet. */
  dataAsOfMs: number | null;
  zone: string;
}

export function resolvePeriod(choice: PeriodChoice, { nowMs, dataAsOfMs, zone }: Clock): Period {
  if (choice.kind === 'range') return period(choice, zone, dataAsOfMs, false);
  const days = presetDays(choice.preset, dayAt(nowMs, zone));
  if (dataAsOfMs === null || dataAsOfMs > startOfDayMs(days.first, zone)) {
    return period(days, zone, dataAsOfMs, false);
  }
  return period(presetDays(choice.preset, dayAt(dataAsOfMs - NIGHT_MS, zone)), zone, dataAsOfMs, true);
}

/** Whole calendar days, whatever the data. */
export function daysPeriod(first: Day, last: Day, zone: string): Period {
  return period({ first, last }, zone, null, false);
}

// A call that came in before midnight may end after it: an hour into a day is not yet a day with data.
const NIGHT_MS = 3_600_000;
// Where the data ends in the evening of the last day, that day is over rather than still filling.
const EVENING_MS = 6 * 3_600_000;

function period({ first, last }: Days, zone: string, dataAsOfMs: number | null, anchored: boolean): Period {
  const fromMs = startOfDayMs(first, zone);
  const toMs = startOfDayMs(addDays(last, 1), zone);
  const slackMs = anchored ? EVENING_MS : 0;
  const partial = dataAsOfMs !== null && dataAsOfMs > fromMs && dataAsOfMs < toMs - slackMs;
  return {
    first,
    last,
    from: isoInZone(fromMs, zone),
    to: isoInZone(toMs, zone),
    days: daysBetween(first, last) + 1,
    anchored,
    partialFromMs: partial ? dataAsOfMs : null,
  };
}

const QUARTER_HOUR_MS = 900_000;

export const COMPARES = ['previous_period', 'previous_week', 'previous_year', 'none'] as const;
/** What the numbers are held against; the same words and meanings as the interface's own. */
export type Compare = (typeof COMPARES)[number];

/**
 * The period of equal meaning before this one: the quarter before a quarter, else as many days. When the
 * period is still filling, the one before is cut at the same wall-clock moment, so that like meets like.
 */
export function previousPeriod(
  current: Period,
  choice: PeriodChoice,
  zone: string,
  compare: Compare = 'previous_period',
): Period {
  const days = comparedDays(current, choice, compare);
  const before = period(days, zone, null, false);
  if (current.partialFromMs === null) return before;

  const partialMs = Math.ceil(current.partialFromMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const partialDay = dayAt(partialMs, zone);
  const sinceMidnight = partialMs - startOfDayMs(partialDay, zone);
  const day = addDays(days.first, daysBetween(current.first, partialDay));
  const cutMs = Math.min(startOfDayMs(day, zone) + sinceMidnight, Date.parse(before.to));
  return {
    ...before,
    to: isoInZone(cutMs, zone),
    last: dayAt(cutMs - 1, zone),
    partialFromMs: cutMs < Date.parse(before.to) ? cutMs : null,
  };
}

function comparedDays(current: Period, choice: PeriodChoice, compare: Compare): Days {
  const { first, last } = current;
  if (compare === 'previous_week') return { first: addDays(first, -7), last: addDays(last, -7) };
  if (compare === 'previous_year') return { first: yearBefore(first), last: yearBefore(last) };
  return previousDays(current, choice);
}

/** The same date a year earlier; a leap day has none and becomes the day before. */
function yearBefore(day: Day): Day {
  const year = String(Number(day.slice(0, 4)) - 1).padStart(4, '0');
  const same = `${year}${day.slice(4)}`;
  return isDay(same) ? same : `${year}-02-28`;
}

function previousDays(current: Period, choice: PeriodChoice): Days {
  if (choice.kind === 'preset' && (choice.preset === 'quarter' || choice.preset === 'last_quarter')) {
    return quarterOf(addDays(current.first, -1));
  }
  return { first: addDays(current.first, -current.days), last: addDays(current.first, -1) };
}

export const GRANULARITIES = ['15min', '30min', 'hour', 'day', 'week', 'month'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

// More points than this on one line tell nothing more and cost a second to draw.
export const POINTS_MAX = 2_000;
const POINTS_MIN = 2;
const PER_DAY: Record<Granularity, number> = {
  '15min': 96,
  '30min': 48,
  hour: 24,
  day: 1,
  week: 1 / 7,
  month: 1 / 31,
};

export function granularitiesFor(days: number): Granularity[] {
  const fitting = GRANULARITIES.filter((granularity) => {
    const points = days * PER_DAY[granularity];
    return points >= POINTS_MIN && points <= POINTS_MAX;
  });
  return fitting.length > 0 ? fitting : ['month'];
}

export function defaultGranularity(days: number): Granularity {
  if (days <= 2) return 'hour';
  if (days <= 120) return 'day';
  return days <= 800 ? 'week' : 'month';
}
