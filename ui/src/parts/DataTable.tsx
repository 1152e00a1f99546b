import { type ReactNode, use } from 'react';

import classes from './DataTable.module.css';
import { ScrollRegion, ScrollRegionContext } from './ScrollRegion';

export interface TableColumn<Row> {
  key: string;
  label: ReactNode;
  /** Numbers stand right, under one another. */
  numeric?: boolean;
  /** Left out where there is no room. */
  wideOnly?: boolean;
  /** As wide as what stands in it, such as an icon. */
  tight?: boolean;
  cell: (row: Row) => ReactNode;
}

interface Props<Row> {
  columns: TableColumn<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  /** Said to screen readers: what the table holds. */
  label: string;
  foot?: ReactNode;
  /** More columns than a phone has room for: there each row is a card, its cells named one under another. */
  cards?: boolean;
}

/** In a panel the panel scrolls; elsewhere, as in a drawer, the table brings along what it scrolls in. */
export function DataTable<Row>(props: Props<Row>) {
  if (use(ScrollRegionContext) !== null) return <Grid {...props} />;
  return (
    <ScrollRegion label={props.label}>
      <Grid {...props} />
    </ScrollRegion>
  );
}

function Grid<Row>({ columns, rows, rowKey, label, foot, cards }: Props<Row>) {
  const watched = use(ScrollRegionContext);
  // A table that is laid out as cards is none any more to some browsers, unless it says so.
  const role = (name: string) => (cards ? name : undefined);
  return (
    <table
      ref={watched}
      className={classes.table}
      aria-label={label}
      data-cards={cards ?? undefined}
      role={role('table')}
    >
      <thead role={role('rowgroup')}>
        <tr role={role('row')}>
          {columns.map(({ key, label: head, numeric, wideOnly, tight }) => (
            <th
              key={key}
              scope="col"
              role={role('columnheader')}
              data-numeric={numeric ?? undefined}
              data-wide={wideOnly ?? undefined}
              data-tight={tight ?? undefined}
            >
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role={role('rowgroup')}>
        {rows.map((row) => (
          <tr key={rowKey(row)} role={role('row')}>
            {columns.map(({ key, label: name, numeric, wideOnly, tight, cell }, index) => {
              const Cell = index === 0 ? 'th' : 'td';
              return (
                <Cell
                  key={key}
                  scope={index === 0 ? 'row' : undefined}
                  role={role(index === 0 ? 'rowheader' : 'cell')}
                  data-numeric={numeric ?? undefined}
                  data-wide={wideOnly ?? undefined}
                  data-tight={tight ?? undefined}
                  data-label={cards && typeof name === 'string' ? name : undefined}
                >
                  {cell(row)}
                </Cell>
              );
            })}
          </tr>
        ))}
      </tbody>
      {foot && <tfoot>{foot}</tfoot>}
    </table>
  );
}
