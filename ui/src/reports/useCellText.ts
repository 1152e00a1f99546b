import { useLingui } from '@lingui/react/macro';

import type { ReportColumn } from '~/api/generated';
import { type Format, NO_VALUE } from '~/format/format';
import { useFormat } from '~/format/useFormat';
import { useCentreName, useOptionName } from '~/ivr/words';
import { useMenuName, useSegmentName } from '~/overview/words';

import { codeText } from './codes';

export type Cell = string | number | boolean | null;
type ColumnType = ReportColumn['type'];

const INSTANT = /^\d{4}-\d{2}-\d{2}T/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const IN_ONE_LINE = '\u00a0';
// Numbers whose unit stands in their row; others keep their decimals.
const TYPE_OF_UNIT = new Map<Cell, ColumnType>([
  ['calls', 'integer'],
  ['callers', 'integer'],
  ['ratio', 'ratio'],
]);
// Whose names the items of a section are.
const ITEMS_OF_SECTION = new Map<Cell, string>([
  ['segments', 'segment'],
  ['top_menus', 'menu'],
  ['top_centres', 'centre'],
]);

/** A cell as its column's type writes it. */
export function written(cell: Cell, type: ColumnType, format: Format): string {
  if (cell === null) return NO_VALUE;
  if (typeof cell === 'number') {
    if (type === 'ratio') return format.percent(cell);
    return type === 'integer' ? format.integer(cell) : format.decimal(cell);
  }
  const text = String(cell);
  if (MONTH.test(text)) return format.month(text).replaceAll(' ', IN_ONE_LINE);
  if (DAY.test(text)) return format.day(text).replaceAll(' ', IN_ONE_LINE);
  return INSTANT.test(text) ? format.dateTime(text) : text;
}

/** Names as the other screens have them; other texts are names of the centre's own and stay. */
function useNames(): (column: string, text: string) => string | null {
  const segment = useSegmentName();
  const writers = new Map<string, (text: string) => string>([
    ['segment', (text) => segment(text).replaceAll(' ', IN_ONE_LINE)],
    ['menu', useMenuName()],
    ['option', useOptionName()],
    ['centre', useCentreName()],
  ]);
  return (column, text) => writers.get(column)?.(text) ?? null;
}

/** A column as one row means it: its numbers by the unit of the row, its names by the section. */
function asRowMeans(columns: readonly ReportColumn[], { name, type }: ReportColumn, cells: readonly Cell[]) {
  const beside = (other: string) => cells[columns.findIndex((each) => each.name === other)] ?? null;
  if (type === 'number') return { name, type: TYPE_OF_UNIT.get(beside('unit')) ?? type };
  return { name: name === 'item' ? (ITEMS_OF_SECTION.get(beside('section')) ?? name) : name, type };
}

/** What stands in each cell of a report: numbers by their unit, codes in words. */
export function useCellText(
  columns: readonly ReportColumn[],
): (cells: readonly Cell[], at: number) => string {
  const { i18n } = useLingui();
  const format = useFormat();
  const nameOf = useNames();
  return (cells, at) => {
    const column = columns[at];
    if (column === undefined) return NO_VALUE;
    const { name, type } = asRowMeans(columns, column, cells);
    const cell = cells[at] ?? null;
    if (name === 'weekday' && typeof cell === 'number') return format.weekday(cell);
    const text = written(cell, type, format);
    return nameOf(name, text) ?? codeText(i18n, name, text) ?? text;
  };
}
