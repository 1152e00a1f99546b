// Bands of the abandonment rate (domain definitions; settings of a later release).
export const OPTIMAL_BELOW = 0.2;
export const CRITICAL_ABOVE = 0.3;

export type Band = 'optimal' | 'acceptable' | 'critical';

export function abandonmentBand(rate: number | null): Band | null {
  if (rate === null) return null;
  if (rate < OPTIMAL_BELOW) return 'optimal';
  return rate > CRITICAL_ABOVE ? 'critical' : 'acceptable';
}
