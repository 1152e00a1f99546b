// Which report, for which days: the address of the screen turned into the parameters of the interface. Pure.
import type { ReadReportApiArg, ReportEntry } from '~/api/generated';
import type { Scope } from '~/overview/scope';
import { quarterOf } from '~/period/presets';
import { addDays } from '~/period/zoned';

/** `2025-Q3` when the days are exactly a quarter: some reports compare quarters, and say so only then. */
export function quarterCode(first: string, last: string): string | null {
  const quarter = quarterOf(first);
  if (quarter.first !== first || quarter.last !== last) return null;
  return `${first.slice(0, 4)}-Q${Math.floor((Number(first.slice(5, 7)) - 1) / 3) + 1}`;
}

export type ReportAsked = Pick<ReadReportApiArg, 'code' | 'quarter' | 'from' | 'to' | 'segment' | 'zone'>;

export function reportAsked(
  scope: Pick<Scope, 'period' | 'zone' | 'segment' | 'kind'>,
  code: string,
): ReportAsked {
  const { first, last } = scope.period;
  const quarter = quarterCode(first, last);
  return {
    code,
    ...(quarter ? { quarter } : { from: first, to: addDays(last, 1) }),
    ...(scope.kind === 'legacy' && scope.segment !== null && { segment: scope.segment }),
    zone: scope.zone,
  };
}

/** The asked report where there is one, else the first. */
export function chosenReport(reports: ReportEntry[], asked: string | null): ReportEntry | null {
  return reports.find(({ code }) => code === asked) ?? reports[0] ?? null;
}

/** The address of a report as a file: the browser downloads it by itself, with the person's cookie. */
export function fileAddress(
  asked: ReportAsked,
  format: 'csv' | 'xlsx' | 'pdf',
  language: 'es' | 'en',
): string {
  const { code, ...parameters } = asked;
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) params.set(name, value);
  params.set('format', format);
  params.set('language', language);
  // Spreadsheets take a file without this mark for Latin-1 and break every accent.
  if (format === 'csv') params.set('bom', 'true');
  return `/api/v1/analytics/reports/${encodeURIComponent(code)}?${params.toString()}`;
}
