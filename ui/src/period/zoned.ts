// Calendar days of an IANA zone and the instants where they begin. Nothing here adds hours: a day has 23 or
// 25 of them twice a year, and only the server makes buckets.

/** A calendar day, `2025-07-01`. */
export type Day = string;

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
// The widest offsets on Earth are UTC-12 and UTC+14; a day on either side covers them.
const SEARCH_MS = DAY_MS;

const wallClocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string): Intl.DateTimeFormat {
  let clock = wallClocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    wallClocks.set(zone, clock);
  }
  return clock;
}

interface WallTime {
  day: Day;
  time: string;
  offsetMs: number;
}

function wallTime(instantMs: number, zone: string): WallTime {
  const parts: Record<string, string> = {};
  for (const { type, value } of wallClock(zone).formatToParts(instantMs)) parts[type] = value;
  const day = `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}`;
  const time = `${parts.hour}:${parts.minute}:${parts.second}`;
  const wholeSeconds = Math.floor(instantMs / SECOND_MS) * SECOND_MS;
  return { day, time, offsetMs: Date.parse(`${day}T${time}Z`) - wholeSeconds };
}

export function dayAt(instantMs: number, zone: string): Day {
  return wallTime(instantMs, zone).day;
}

const starts = new Map<string, number>();
const STARTS_MAX = 2_000; // of a long-lived page; begun anew then

/** The first instant of a calendar day; not always midnight, for some zones skip it in spring. */
export function startOfDayMs(day: Day, zone: string): number {
  const key = `${day} ${zone}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
  const found = searchStartMs(day, zone);
  if (starts.size >= STARTS_MAX) starts.clear();
  starts.set(key, found);
  return found;
}

function searchStartMs(day: Day, zone: string): number {
  const guess = Date.parse(`${day}T00:00:00Z`);
  let early = guess - SEARCH_MS; // certainly before the day
  let late = guess + SEARCH_MS; // certainly within or after it
  while (late - early > SECOND_MS) {
    const middle = early + Math.floor((late - early) / 2 / SECOND_MS) * SECOND_MS;
    if (dayAt(middle, zone) < day) early = middle;
    else late = middle;
  }
  return late;
}

/** RFC 3339 with the offset that holds in the zone at that instant. */
export function isoInZone(instantMs: number, zone: string): string {
  const { day, time, offsetMs } = wallTime(instantMs, zone);
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day}T${time}${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

export function daysBetween(first: Day, second: Day): number {
  return Math.round((Date.parse(`${second}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS);
}

export function isDay(text: string | null | undefined): text is Day {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().slice(0, 10) === text;
}

export function isZone(text: string | null | undefined): text is string {
  if (!text) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The time of day in hours: half past two in the afternoon is 14.5. */
export function hourAt(instantMs: number, zone: string): number {
  const [hours = 0, minutes = 0] = wallTime(instantMs, zone).time.split(':').map(Number);
  return hours + minutes / 60;
}
