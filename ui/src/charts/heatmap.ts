// Rows (weekdays, or queues of one day) by hour. On a phone it stands upright: seven columns fit where twenty-four do not.
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, FONT } from './base';
import type { ChartColours } from './colours';

export interface HeatData {
  rows: { short: string; long: string }[];
  hours: { short: string; long: string }[];
  /** value[row][hour], in the order of the labels; null where there is nothing to say. */
  values: (number | null)[][];
  tone: 'volume' | 'loss';
  write: (value: number | null) => string;
  writeShort: (value: number | null) => string;
  name: string;
}

export const UPRIGHT_BELOW_PX = 560;
// A number is written into its cell where it can be read.
const LABEL_FROM_PX = 38;

export function heatOption(data: HeatData, colours: ChartColours, width: number): EChartsCoreOption {
  const upright = width < UPRIGHT_BELOW_PX;
  const known = data.values.flat().filter((value) => value !== null);
  const most = Math.max(...known, data.tone === 'volume' ? 1 : 0.01);
  const cells = data.values.flatMap((row, day) =>
    row.map((value, hour) => ({
      value: upright ? [day, hour, value ?? '-'] : [hour, day, value ?? '-'],
      label: { color: (value ?? 0) / most > colours.scaleTurnsAt ? colours.inkOnScale : colours.ink },
    })),
  );
  const days = data.rows.map(({ short }) => short);
  const hours = data.hours.map(({ short }) => short);
  const columns = upright ? days : hours;
  const cellWidth = (width - 48) / columns.length;
  const scale = data.tone === 'volume' ? colours.volumeScale : colours.lossScale;
  return {
    ...baseOption(colours),
    grid: {
      left: 4,
      right: 4,
      top: 4,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBounds: { left: 0, right: 2, top: 2, bottom: 2 },
    },
    tooltip: {
      ...baseOption(colours).tooltip,
      formatter: ({ data: cell }: { data: { value: (number | string)[] } }) =>
        tooltip(data, cell.value, upright),
    },
    xAxis: axis(columns, colours, upright ? 0 : 'auto', upright ? 'top' : 'bottom'),
    yAxis: { ...axis(upright ? hours : days, colours, 0, 'left'), inverse: true },
    visualMap: {
      show: false,
      min: 0,
      max: most,
      inRange: { color: scale },
    },
    series: [
      {
        type: 'heatmap',
        name: data.name,
        data: cells,
        itemStyle: { borderColor: colours.surface, borderWidth: 2, borderRadius: 3 },
        emphasis: { itemStyle: { borderColor: colours.ink, borderWidth: 1.5 } },
        label: {
          show: cellWidth >= LABEL_FROM_PX,
          fontFamily: FONT,
          fontSize: 11,
          formatter: ({ value }: { value: (number | string)[] }) =>
            typeof value[2] === 'number' ? data.writeShort(value[2]) : '',
        },
      },
    ],
  };
}

function axis(labels: string[], colours: ChartColours, interval: number | 'auto', position: string) {
  return {
    type: 'category' as const,
    data: labels,
    position,
    axisLine: { show: false },
    axisTick: { show: false },
    splitArea: { show: false },
    axisLabel: { color: colours.inkSoft, interval, fontSize: 11, margin: 8 },
  };
}

function tooltip(
  { rows, hours, write, name }: HeatData,
  value: (number | string)[],
  upright: boolean,
): string {
  const [x, y, amount] = value;
  const [day, hour] = (upright ? [x, y] : [y, x]) as [number, number];
  const number = typeof amount === 'number' ? amount : null;
  return `${rows[day]?.long ?? ''}, ${hours[hour]?.long ?? ''}\n${name}: ${write(number)}`;
}
