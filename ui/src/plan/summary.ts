// What a plan comes to as a whole. Pure.
import type { ForecastPoint, StaffingPoint } from '~/api/generated';

/** The sum, null where nothing at all is known. */
export function totalCalls(points: Pick<ForecastPoint, 'value'>[]): number | null {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
}

/** Of all calls together: each interval weighs as much as it has calls. */
export function expectedLevel(points: Pick<StaffingPoint, 'calls' | 'service_level'>[]): number | null {
  let calls = 0;
  let intime = 0;
  for (const point of points) {
    if (!point.calls || point.service_level === null) continue;
    calls += point.calls;
    intime += point.calls * point.service_level;
  }
  return calls > 0 ? intime / calls : null;
}

export function most<Point>(points: Point[], value: (point: Point) => number | null): Point | null {
  return points.reduce<Point | null>(
    (best, point) => ((value(point) ?? 0) > (best === null ? 0 : (value(best) ?? 0)) ? point : best),
    null,
  );
}
