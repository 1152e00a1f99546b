import type { HourPoint } from '~/demand/expected';

/**
 * Calls up to an hour of the day (14.5 is half past two) and the sum of the medians up to then; the hour that is
 * running counts by the part of it that has passed. Null where an hour has no history.
 */
export function usualSoFar(points: HourPoint[], until: number): { calls: number; middle: number } | null {
  let calls = 0;
  let middle = 0;
  for (const point of points) {
    const part = Math.min(1, Math.max(0, until - point.hour));
    if (part === 0) continue;
    if (point.expected === null) return null;
    calls += point.calls ?? 0;
    middle += point.expected.middle * part;
  }
  return { calls, middle };
}
