import { useLingui } from '@lingui/react/macro';

import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';

import type { HeatGrid } from './heatGrid';
import type { HeatRow } from './HeatPanel';

interface Props {
  grid: HeatGrid;
  rows: HeatRow[];
  write: (value: number | null) => string;
}

/** Upright, as the map on a phone: hours down, the few rows of the map across. */
export function HeatTable({ grid, rows, write }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <DataTable
      label={t`Mapa por hora, en números`}
      rows={grid.hours}
      rowKey={String}
      columns={[
        { key: 'hour', label: t`Hora`, cell: (hour) => format.hour(hour) },
        ...rows.map(({ key, short }, index) => ({
          key,
          label: short,
          numeric: true,
          cell: (hour: number) => write(grid.values[index]?.[hour] ?? null),
        })),
      ]}
    />
  );
}
