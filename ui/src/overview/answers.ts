// Reading an answer by column name instead of by position.
import type { QueryAnswer } from '~/api/generated';

export type Cell = string | number | boolean | null;

export interface Row {
  text: (column: string) => string | null;
  number: (column: string) => number | null;
  flag: (column: string) => boolean;
}

function reader(names: string[], cells: Cell[]): Row {
  const at = (column: string): Cell => cells[names.indexOf(column)] ?? null;
  return {
    text: (column) => {
      const cell = at(column);
      return cell === null ? null : String(cell);
    },
    number: (column) => {
      const cell = at(column);
      return typeof cell === 'number' ? cell : null;
    },
    flag: (column) => at(column) === true,
  };
}

export function rowsOf(answer: QueryAnswer | undefined): Row[] {
  if (!answer) return [];
  const names = answer.columns.map(({ name }) => name);
  return answer.rows.map((cells) => reader(names, cells));
}

/** Totals have a cell for each column that is neither time nor dimension. */
export function totalsOf(answer: QueryAnswer | undefined): Row | null {
  if (!answer?.totals) return null;
  const names = answer.columns
    .filter(({ kind }) => kind !== 'time' && kind !== 'dimension')
    .map(({ name }) => name);
  return reader(names, answer.totals);
}

export function ratio(part: number | null | undefined, whole: number | null | undefined): number | null {
  return part === null || part === undefined || !whole ? null : part / whole;
}

export function difference(now: number | null | undefined, before: number | null | undefined): number | null {
  return now === null || now === undefined || before === null || before === undefined ? null : now - before;
}

export function relativeChange(
  now: number | null | undefined,
  before: number | null | undefined,
): number | null {
  const change = difference(now, before);
  return change === null || !before ? null : change / Math.abs(before);
}
