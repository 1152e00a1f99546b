// What the lists of files and schedules do with what the interface says. Pure.
import type { ExportOut, ScheduleIn, ScheduleOut } from '~/api/generated';
import type { Scope } from '~/overview/scope';
import { isDay } from '~/period/zoned';

export type FileFormat = ExportOut['format'];
export type Every = ScheduleIn['calendar']['every'];

/** What taking a report away in a format needs. */
export const FORMAT_FUNCTIONS: Record<FileFormat, string> = {
  csv: 'RPT-004',
  xlsx: 'RPT-005',
  pdf: 'RPT-006',
};
export const SCHEDULE_FUNCTION = 'RPT-009';

const WORKING_POLL_MS = 1_500; // fast enough to watch it grow
const QUIET_POLL_MS = 60_000; // a schedule makes files while nobody looks

export function isOpen({ state }: Pick<ExportOut, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

export function pollEvery(items: Pick<ExportOut, 'state'>[] | undefined): number {
  return items?.some(isOpen) ? WORKING_POLL_MS : QUIET_POLL_MS;
}

export function allowedFormats(offered: readonly string[], functions: readonly string[]): FileFormat[] {
  return (Object.keys(FORMAT_FUNCTIONS) as FileFormat[]).filter(
    (format) => offered.includes(format) && functions.includes(FORMAT_FUNCTIONS[format]),
  );
}

const STEPS = [
  ['byte', 1],
  ['kilobyte', 1_000],
  ['megabyte', 1_000_000],
] as const;

/** `1.2 MB`, as the locale writes it. */
export function bytesText(bytes: number | null, locale: string): string | null {
  if (bytes === null) return null;
  const [unit, size] = STEPS.findLast(([, least]) => bytes >= least) ?? STEPS[0];
  const digits = unit === 'byte' ? 0 : 1;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(bytes / size);
}

/** The days that an export is about, where it has any: a report's are days, half open. */
export function daysAsked(
  request: ExportOut['request'],
): { from: string; to: string } | { quarter: string } | null {
  const report = request.report as Record<string, unknown> | null | undefined;
  if (!report) return null;
  const { quarter, from, to } = report;
  if (typeof quarter === 'string') return { quarter };
  return typeof from === 'string' && typeof to === 'string' && isDay(from) && isDay(to) ? { from, to } : null;
}

export interface ScheduleDraft {
  name: string;
  report: string;
  format: FileFormat;
  every: Every;
  weekday: number;
  day: number;
  at: string;
}

export function scheduleBody(
  draft: ScheduleDraft,
  scope: Pick<Scope, 'zone' | 'segment' | 'kind'>,
  language: 'es' | 'en',
): ScheduleIn {
  const { every, weekday, day, at, ...rest } = draft;
  return {
    ...rest,
    calendar: { every, at, ...(every === 'week' && { weekday }), ...(byDayOfMonth(every) && { day }) },
    ...(scope.kind === 'legacy' && scope.segment !== null && { segment: scope.segment }),
    zone: scope.zone,
    language,
    bom: draft.format === 'csv',
  };
}

export function byDayOfMonth(every: Every): boolean {
  return every === 'month' || every === 'quarter';
}

/** The same schedule, asleep or awake: the interface replaces, it does not patch. */
export function withActive(schedule: Pick<ScheduleOut, 'request'>, active: boolean): ScheduleIn {
  return { ...(schedule.request as ScheduleIn), active };
}
