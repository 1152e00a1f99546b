// What stands behind the five numbers of delivery: how it is asked, and what comes first. Pure.
import type {
  Comparison,
  EvidenceItem,
  Exclusion,
  FailureLinkRef,
  QualityCheck,
  QualityTarget,
  SeriesPoint,
  Window,
} from '~/api/generated';

import type { Tone } from './Pieces';

export const METRICS = [
  'deployment_frequency',
  'change_lead_time',
  'change_fail_rate',
  'failed_deployment_recovery_time',
  'deployment_rework_rate',
] as const;

export type Metric = (typeof METRICS)[number];
type Moments = Pick<Window, 'from' | 'to' | 'as_of'>;
type CheckName = QualityCheck['name'];

export const PAGE_ROWS = 50;

/** What makes every number doubtful, whatever else is found. */
const ALWAYS: readonly CheckName[] = [
  'undated_deployments',
  'orphan_deployments',
  'open_incidents',
  'clock_skew',
];

export function metricOf(text: string | null): Metric | null {
  return METRICS.find((metric) => metric === text) ?? null;
}

/** The rows before a page; what is no such number is the first page. */
export function offsetOf(cursor: string | null): number {
  return cursor !== null && /^[1-9]\d{0,6}$/.test(cursor) ? Number(cursor) : 0;
}

/** One moment for all pages: what is reported meanwhile neither repeats a row nor hides one. */
export function pageAsked(metric: Metric, { from, to, as_of }: Moments, cursor: string | null) {
  return { metric, from, to, asOf: as_of, offset: offsetOf(cursor), limit: PAGE_ROWS };
}

const SERIES: Record<Metric, keyof SeriesPoint> = {
  deployment_frequency: 'deployments_per_day',
  change_lead_time: 'lead_time_s_median',
  change_fail_rate: 'change_fail_rate',
  failed_deployment_recovery_time: 'recovery_s_median',
  deployment_rework_rate: 'rework_rate',
};

/** A metric bucket by bucket; null where nobody knows. */
export function trendOf(metric: Metric, series: SeriesPoint[]): (number | null)[] {
  return series.map((point) => {
    const value = point[SERIES[metric]];
    return typeof value === 'number' ? value : null;
  });
}

/** What a metric was in the window of the same length before; null where nobody knows. */
export function beforeOf(metric: Metric, comparison: Comparison[]): number | null {
  return comparison.find((each) => each.metric === metric)?.before ?? null;
}

export function evidenceFile(metric: Metric, { from, to, as_of }: Moments): string {
  const asked = new URLSearchParams({ from, to, as_of, format: 'csv' });
  return `/api/v1/dora/exports/${metric}?${asked.toString()}`;
}

/** Counts by reason, the largest first. */
export function byCount(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}

/** Links to a failure that could not be made, by reason. */
export function unlinkedOf(exclusions: Exclusion[]): Record<string, number> {
  const links = exclusions.filter((each) => each.of === 'links');
  return Object.fromEntries(links.map(({ reason, count }) => [reason, count]));
}

/** The link that decides comes first, then the stronger evidence. */
export function inOrder(links: FailureLinkRef[]): FailureLinkRef[] {
  const strength = ['explicit', 'rollback', 'revert', 'rule', 'window'];
  const rank = ({ deciding, grade }: FailureLinkRef) => (deciding ? 0 : 1 + strength.indexOf(grade));
  return [...links].sort((a, b) => rank(a) - rank(b));
}

/** The checks to show: the four that are always told, then what found something; the rest only by their number. */
export function shownChecks(checks: QualityCheck[]): { shown: QualityCheck[]; quiet: QualityCheck[] } {
  const always = ALWAYS.flatMap((name) => checks.filter((check) => check.name === name));
  const others = checks.filter(({ name }) => !ALWAYS.includes(name));
  return {
    shown: [...always, ...others.filter(({ count }) => count > 0)],
    quiet: others.filter(({ count }) => count === 0),
  };
}

export function targetTone({ holds }: Pick<QualityTarget, 'holds'>): Tone {
  if (holds === null) return 'none';
  return holds ? 'good' : 'bad';
}

/** One row, one name: a commit may go out in several deployments, and a deployment takes many commits along. */
export function rowKey({ deployment, commit, reason }: EvidenceItem): string {
  return [deployment?.service, deployment?.environment, deployment?.id, commit?.sha, reason].join(' ');
}
