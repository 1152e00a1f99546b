// Hours across; down, the weekdays of a period, or the queues or segments of a single day.
import type { QueryAnswer } from '~/api/generated';

import { rowsOf } from './answers';

export interface HeatGrid {
  hours: number[];
  /** By row, then by hour. */
  values: (number | null)[][];
  max: number;
  peak: { row: string; hour: number; value: number } | null;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** A combination that did not occur is `absent`: 0 for counts, nothing for shares. */
export function heatGrid(
  answer: QueryAnswer | undefined,
  { metric, dimension, absent }: { metric: string; dimension: string; absent: number | null },
  rows: string[],
): HeatGrid {
  const values = rows.map(() => HOURS.map((): number | null => absent));
  for (const row of rowsOf(answer)) {
    const line = values[rows.indexOf(row.text(dimension) ?? '')];
    const hour = row.number('hour_of_day');
    if (line && hour !== null) line[hour] = row.number(metric);
  }
  const cells = values.flatMap((line, index) =>
    line.map((value, hour) => ({ row: rows[index] ?? '', hour, value: value ?? 0 })),
  );
  const peak = cells.reduce<HeatGrid['peak']>(
    (best, cell) => (cell.value > (best?.value ?? 0) ? cell : best),
    null,
  );
  return { hours: HOURS, values, max: peak?.value ?? 0, peak };
}

/** Shares of too few calls are noise, and the darkest cells of the map if left in. */
export function withoutNoise(rates: HeatGrid, counts: HeatGrid, least: number): HeatGrid {
  const values = rates.values.map((line, row) =>
    line.map((rate, hour) => ((counts.values[row]?.[hour] ?? 0) >= least ? rate : null)),
  );
  return { ...rates, values, max: Math.max(0, ...values.flat().map((rate) => rate ?? 0)) };
}

/** Rows by what they hold, largest first; more than fit on a screen are left to the table of queues. */
export function busiestRows(
  answer: QueryAnswer | undefined,
  dimension: string,
  metric: string,
  most: number,
): string[] {
  const sums = new Map<string, number>();
  for (const row of rowsOf(answer)) {
    const name = row.text(dimension) ?? '';
    sums.set(name, (sums.get(name) ?? 0) + (row.number(metric) ?? 0));
  }
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name]) => name);
}
