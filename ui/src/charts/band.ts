// A line within the band where it is expected; what leaves the band has another colour and another shape.
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, categoryAxis, valueAxis } from './base';
import type { ChartColours } from './colours';

export interface BandPoint {
  short: string;
  long: string;
  value: number | null;
  low: number | null;
  middle: number | null;
  high: number | null;
  unusual: boolean;
}

export interface BandData {
  points: BandPoint[];
  names: { value: string; band: string; middle: string };
  write: (value: number | null) => string;
  writeAxis: (value: number | null) => string;
  /** Limits change in steps, expectations flow. */
  stepped?: boolean;
  /** A share: the axis does not rise over the whole. */
  ratio?: boolean;
}

export function bandOption(data: BandData, colours: ChartColours): EChartsCoreOption {
  const { points, names } = data;
  const step = data.stepped ? 'middle' : undefined;
  const quiet = { type: 'line', symbol: 'none', silent: true, step, lineStyle: { opacity: 0 } };
  return {
    ...baseOption(colours),
    grid: {
      left: 4,
      right: 8,
      top: 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBounds: { left: 2, right: 2, top: 8, bottom: 2 },
    },
    tooltip: {
      ...baseOption(colours).tooltip,
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: colours.inkSoft, type: 'dashed' } },
      formatter: (hit: { dataIndex: number }[]) => tooltip(data, hit[0]?.dataIndex ?? 0),
    },
    xAxis: {
      ...categoryAxis(
        colours,
        points.map(({ short }) => short),
      ),
      boundaryGap: points.length < 3,
    },
    yAxis: { ...valueAxis(colours, data.writeAxis), ...(data.ratio && shareAxis(points)) },
    series: [
      { ...quiet, name: 'low', stack: 'band', data: points.map(({ low }) => low) },
      {
        ...quiet,
        name: names.band,
        stack: 'band',
        areaStyle: { color: colours.volumeSoft, opacity: 0.55 },
        data: points.map(({ low, high }) => (low === null || high === null ? null : high - low)),
      },
      {
        ...quiet,
        name: names.middle,
        lineStyle: { color: colours.inkSoft, width: 1, type: 'dashed' },
        data: points.map(({ middle }) => middle),
      },
      {
        type: 'line',
        name: names.value,
        connectNulls: false,
        lineStyle: { color: colours.volume, width: 2 },
        data: points.map((point) => drawn(point, colours, points.length)),
      },
    ],
  };
}

const SYMBOLS_UP_TO = 62; // two months of days; beyond, the dots are the line

function drawn({ value, unusual }: BandPoint, colours: ChartColours, count: number) {
  if (unusual) return { value, symbol: 'diamond', symbolSize: 11, itemStyle: { color: colours.loss } };
  return {
    value,
    symbol: count > SYMBOLS_UP_TO ? 'none' : 'circle',
    symbolSize: 4,
    itemStyle: { color: colours.volume },
  };
}

const WHOLE_FROM = 0.8; // left alone, the axis would offer 120 %

function shareAxis(points: BandPoint[]) {
  const most = Math.max(0, ...points.map(({ value, high }) => Math.max(value ?? 0, high ?? 0)));
  return most > WHOLE_FROM ? { min: 0, max: 1, interval: 0.25 } : { min: 0 };
}

function tooltip({ points, names, write }: BandData, index: number): string {
  const point = points[index];
  if (!point) return '';
  const lines = [point.long, `${names.value}: ${write(point.value)}`];
  if (point.low !== null) {
    lines.push(`${names.middle}: ${write(point.middle)}`);
    lines.push(`${names.band}: ${write(point.low)} – ${write(point.high)}`);
  }
  return lines.join('\n');
}
