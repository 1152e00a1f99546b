// Where a share lies beside what this centre holds itself to; the server says what that is, from its settings. Pure.
import type { CentreTargets } from '~/api/generated';

export type Targets = CentreTargets;
export type Band = 'optimal' | 'acceptable' | 'critical';

export function abandonmentBand(
  rate: number | null,
  { abandonment }: Pick<Targets, 'abandonment'>,
): Band | null {
  if (rate === null) return null;
  if (rate < abandonment.optimal_below) return 'optimal';
  return rate > abandonment.critical_above ? 'critical' : 'acceptable';
}

/** Between which a share is judged: what is shown beside a judgement is written as finely as they need. */
export function abandonmentLimits({ abandonment }: Pick<Targets, 'abandonment'>): number[] {
  return [abandonment.optimal_below, abandonment.critical_above];
}

export function serviceLimits({ service_level: target }: Pick<Targets, 'service_level'>): number[] {
  return [target.at_least, target.critical_below];
}

export function serviceBand(
  level: number | null,
  { service_level: target }: Pick<Targets, 'service_level'>,
): Band | null {
  if (level === null) return null;
  if (level >= target.at_least) return 'optimal';
  return level < target.critical_below ? 'critical' : 'acceptable';
}
