// Every number, date and duration on screen is written here, by Intl, in the person's locale and in the zone
// that the screen shows.
/** What stands where a number cannot be computed. */
export const NO_VALUE = '–';

type Value = number | null | undefined;

export interface Format {
  locale: string;
  zone: string;
  integer: (value: Value) => string;
  compact: (value: Value) => string;
  decimal: (value: Value) => string;
  percent: (ratio: Value) => string;
  /** With as many decimals as tell on which side of its limits it lies: 30.04 % is not shown as 30.0 %. */
  percentBeside: (ratio: Value, limits: readonly number[]) => string;
  /** With a decimal only where it has one: for limits and axes. */
  share: (ratio: Value) => string;
  /** Without decimals, where there is no room. */
  percentShort: (ratio: Value) => string;
  /** Difference of two ratios, in percentage points and signed. */
  points: (difference: Value) => string;
  /** Relative change, signed. */
  change: (ratio: Value) => string;
  /** `2 min 5 s`: for tiles and sentences. */
  duration: (seconds: Value) => string;
  /** Signed difference of two durations. */
  durationChange: (seconds: Value) => string;
  /** `2:05`: for columns and axes. */
  clock: (seconds: Value) => string;
  dateTime: (instant: Date | string | number) => string;
  time: (instant: Date | string | number) => string;
  /** To the second. */
  timeExact: (instant: Date | string | number) => string;
  /** A bucket of a series, as long as its granularity needs. */
  bucket: (instant: string, granularity: string) => string;
  bucketShort: (instant: string, granularity: string) => string;
  /** A calendar day, which has no zone. */
  day: (day: string) => string;
  /** With its weekday. */
  dayLong: (day: string) => string;
  month: (month: string) => string;
  /** For axes. */
  dayShort: (day: string) => string;
  dayRange: (first: string, last: string) => string;
  /** 1 = Monday … 7 = Sunday, as the interface counts them. */
  weekday: (isoWeekday: number, style?: 'long' | 'short') => string;
  /** ISO weekdays in the order of the locale. */
  week: () => number[];
  hour: (hour: number) => string;
  list: (items: string[]) => string;
}

const MINUTE_S = 60;
const HOUR_S = 3600;

const formats = new Map<string, Format>();

/** The same for everybody who writes in this locale and zone: some thirty formatters take a browser milliseconds. */
export function formatOf(locale: string, zone: string): Format {
  const key = `${locale} ${zone}`;
  const known = formats.get(key) ?? createFormat(locale, zone);
  formats.set(key, known);
  return known;
}

export function createFormat(locale: string, zone: string): Format {
  const numbers = numberFormats(locale);
  const durations = durationFormats(locale);
  return { locale, zone, ...numbers, ...durations, ...dateFormats(locale, zone), ...calendarFormats(locale) };
}

/** Made when it is first needed: a formatter takes longer to make than all that it writes on a screen. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function or(value: Value, write: (value: number) => string): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NO_VALUE : write(value);
}

const DECIMALS_MAX = 4; // one call in a million is on a side of a limit
const EXACT = 9; // beyond these decimals there is only the error of arithmetic

/** The fewest decimals of a percentage, one at least, with which it still lies where it does beside its limits. */
export function decimalsBeside(ratio: number, limits: readonly number[]): number {
  const written = (share: number, decimals: number) => Number((share * 100).toFixed(decimals));
  const kept = (decimals: number) =>
    limits.every((limit) => {
      const at = written(limit, EXACT);
      return Math.sign(written(ratio, decimals) - at) === Math.sign(written(ratio, EXACT) - at);
    });
  let decimals = 1;
  while (decimals < DECIMALS_MAX && !kept(decimals)) decimals += 1;
  return decimals;
}

function numberFormats(locale: string) {
  const number = (options: Intl.NumberFormatOptions) => {
    const format = once(() => new Intl.NumberFormat(locale, options));
    return (value: Value) => or(value, (v) => format().format(v));
  };
  const pointsNumber = number({
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  const percents = Array.from({ length: DECIMALS_MAX }, (_, at) =>
    number({ style: 'percent', minimumFractionDigits: at + 1, maximumFractionDigits: at + 1 }),
  );
  const percent = percents[0] ?? number({ style: 'percent' });
  const list = once(() => new Intl.ListFormat(locale, { type: 'conjunction' }));
  return {
    integer: number({ maximumFractionDigits: 0 }),
    compact: number({ notation: 'compact', maximumFractionDigits: 1 }),
    decimal: number({ maximumFractionDigits: 1 }),
    percent,
    percentBeside: (ratio: Value, limits: readonly number[]) =>
      or(ratio, (v) => (percents[decimalsBeside(v, limits) - 1] ?? percent)(v)),
    share: number({ style: 'percent', maximumFractionDigits: 1 }),
    percentShort: number({ style: 'percent', maximumFractionDigits: 0 }),
    points: (difference: Value) => or(difference, (v) => `${pointsNumber(v * 100)} pp`),
    change: number({
      style: 'percent',
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
      signDisplay: 'exceptZero',
    }),
    list: (items: string[]) => list().format(items),
  };
}

function durationFormats(locale: string) {
  const unit = (name: string, digits = 0) => {
    const made = once(
      () =>
        new Intl.NumberFormat(locale, {
          style: 'unit',
          unit: name,
          unitDisplay: 'short',
          maximumFractionDigits: digits,
        }),
    );
    return { format: (value: number) => made().format(value) };
  };
  const units = { h: unit('hour'), min: unit('minute'), s: unit('second'), tenths: unit('second', 1) };
  const words = (seconds: number): string => {
    if (seconds < 10 && !Number.isInteger(seconds)) return units.tenths.format(seconds);
    const whole = Math.round(seconds);
    const [h, min, s] = [
      Math.floor(whole / HOUR_S),
      Math.floor((whole % HOUR_S) / MINUTE_S),
      whole % MINUTE_S,
    ];
    if (h > 0) return min > 0 ? `${units.h.format(h)} ${units.min.format(min)}` : units.h.format(h);
    if (min > 0) return s > 0 ? `${units.min.format(min)} ${units.s.format(s)}` : units.min.format(min);
    return units.s.format(s);
  };
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = (seconds: number): string => {
    const whole = Math.round(seconds);
    const [h, min, s] = [
      Math.floor(whole / HOUR_S),
      Math.floor((whole % HOUR_S) / MINUTE_S),
      whole % MINUTE_S,
    ];
    return h > 0 ? `${h}:${two(min)}:${two(s)}` : `${min}:${two(s)}`;
  };
  return {
    duration: (seconds: Value) => or(seconds, words),
    durationChange: (seconds: Value) =>
      or(seconds, (v) => (v === 0 ? words(0) : `${v > 0 ? '+' : '-'}${words(Math.abs(v))}`)),
    clock: (seconds: Value) => or(seconds, clock),
  };
}

const BUCKET_OPTIONS: Record<string, Intl.DateTimeFormatOptions> = {
  day: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  week: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
  quarter: { month: 'long', year: 'numeric' },
  year: { year: 'numeric' },
};
const BUCKET_OPTIONS_SHORT: Record<string, Intl.DateTimeFormatOptions> = {
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: '2-digit' },
  quarter: { month: 'short', year: '2-digit' },
  year: { year: 'numeric' },
};
const WITHIN_A_DAY: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
};

function dateFormats(locale: string, zone: string) {
  const made = new Map<string, Intl.DateTimeFormat>();
  const format = (instant: Date | string | number, options: Intl.DateTimeFormatOptions): string => {
    const key = JSON.stringify(options);
    let formatter = made.get(key);
    if (!formatter)
      made.set(key, (formatter = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options })));
    return formatter.format(new Date(instant));
  };
  const time: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };
  return {
    dateTime: (instant: Date | string | number) =>
      inTwoPieces(format(instant, { day: 'numeric', month: 'short', year: 'numeric', ...time })),
    time: (instant: Date | string | number) => format(instant, time),
    timeExact: (instant: Date | string | number) => format(instant, { ...time, second: '2-digit' }),
    bucket: (instant: string, granularity: string) =>
      format(instant, BUCKET_OPTIONS[granularity] ?? WITHIN_A_DAY),
    bucketShort: (instant: string, granularity: string) =>
      format(instant, BUCKET_OPTIONS_SHORT[granularity] ?? time),
  };
}

/** A narrow column breaks it between the day and the time, and nowhere else. */
function inTwoPieces(text: string): string {
  const comma = text.lastIndexOf(', ');
  const whole = text.replaceAll(' ', '\u00a0');
  return comma < 0 ? whole : `${whole.slice(0, comma)}, ${whole.slice(comma + 2)}`;
}

function calendarFormats(locale: string) {
  const utc = (options: Intl.DateTimeFormatOptions) => {
    const made = once(() => new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }));
    return {
      format: (date: Date) => made().format(date),
      formatRange: (first: Date, last: Date) => made().formatRange(first, last),
    };
  };
  const dayFormat = utc({ day: 'numeric', month: 'short', year: 'numeric' });
  const longFormat = utc({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  const monthFormat = utc({ month: 'short', year: 'numeric' });
  const shortFormat = utc({ day: 'numeric', month: 'short' });
  const weekdays = { long: utc({ weekday: 'long' }), short: utc({ weekday: 'short' }) };
  const hourFormat = utc({ hour: 'numeric' });
  const at = (day: string) => new Date(`${day}T00:00:00Z`);
  return {
    day: (day: string) => dayFormat.format(at(day)),
    /** Of a text such as 2025-07. */
    month: (month: string) => monthFormat.format(at(`${month}-01`)),
    dayLong: (day: string) => longFormat.format(at(day)),
    dayShort: (day: string) => shortFormat.format(at(day)),
    dayRange: (first: string, last: string) => dayFormat.formatRange(at(first), at(last)),
    // 1 January 2024 was a Monday.
    weekday: (isoWeekday: number, style: 'long' | 'short' = 'long') =>
      weekdays[style].format(new Date(Date.UTC(2024, 0, isoWeekday))),
    week: () => weekOrder(locale),
    hour: (hour: number) => hourFormat.format(new Date(Date.UTC(2024, 0, 1, hour))),
  };
}

interface WeekInfo {
  firstDay: number;
}
type LocaleWithWeek = Intl.Locale & { getWeekInfo?: () => WeekInfo; weekInfo?: WeekInfo };

export function firstWeekday(locale: string): number {
  const info = new Intl.Locale(locale) as LocaleWithWeek;
  return (info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1;
}

function weekOrder(locale: string): number[] {
  const first = firstWeekday(locale);
  return Array.from({ length: 7 }, (_, i) => ((first - 1 + i) % 7) + 1);
}
