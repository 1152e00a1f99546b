// Volume as bars, a share as a line on its own scale. The bucket that is still filling is drawn paler.
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, categoryAxis, valueAxis } from './base';
import type { ChartColours } from './colours';

export type Tone = 'volume' | 'loss' | 'other';

export interface BarSeries {
  name: string;
  tone: Tone;
  values: (number | null)[];
}

export interface TrendData {
  /** Axis label and full name of each bucket. */
  buckets: { short: string; long: string; partial: boolean }[];
  /** Stacked upwards in this order. */
  bars: BarSeries[];
  line: { name: string; values: (number | null)[] } | null;
  writeCount: (value: number | null) => string;
  writeCompact: (value: number | null) => string;
  writeRatio: (value: number | null) => string;
  writeRatioShort: (value: number | null) => string;
}

export function trendOption(data: TrendData, colours: ChartColours, width: number): EChartsCoreOption {
  const { buckets, bars, line } = data;
  const narrow = width < 480;
  return {
    ...baseOption(colours),
    grid: {
      left: 4,
      right: line && !narrow ? 4 : 8,
      top: 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBounds: { left: 2, right: 2, top: 8, bottom: 2 },
    },
    tooltip: {
      ...baseOption(colours).tooltip,
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: colours.ink, opacity: 0.05 } },
      formatter: (points: { dataIndex: number }[]) => tooltip(data, points[0]?.dataIndex ?? 0),
    },
    xAxis: categoryAxis(
      colours,
      buckets.map(({ short }) => short),
    ),
    yAxis: [
      valueAxis(colours, data.writeCompact),
      {
        ...valueAxis(colours, data.writeRatioShort),
        min: 0,
        ...ceiling(line),
        splitLine: { show: false },
        show: Boolean(line) && !narrow,
      },
    ],
    series: [
      ...bars.map((bar, index) => ({
        type: 'bar',
        name: bar.name,
        stack: 'volume',
        barCategoryGap: buckets.length > 60 ? '12%' : '28%',
        itemStyle: { color: colours[bar.tone], borderRadius: index === bars.length - 1 ? [2, 2, 0, 0] : 0 },
        data: bar.values.map((value, i) => ({
          value,
          itemStyle: buckets[i]?.partial ? { opacity: 0.45 } : {},
        })),
      })),
      ...(line ? share(line, data, colours) : []),
    ],
  };
}

/** The line and, where a bar has its colour, an edge of the ground beneath that keeps it apart from the bar. */
function share(
  line: { name: string; values: (number | null)[] },
  { buckets, bars }: TrendData,
  colours: ChartColours,
) {
  const common = { type: 'line', yAxisIndex: 1, data: line.values, connectNulls: false, symbol: 'circle' };
  const edge = {
    ...common,
    silent: true,
    showSymbol: false,
    lineStyle: { color: colours.surface, width: 6 },
  };
  const drawn = {
    ...common,
    name: line.name,
    showSymbol: buckets.length <= 2,
    symbolSize: 5,
    lineStyle: { color: colours.loss, width: 2 },
    itemStyle: { color: colours.loss },
  };
  return bars.some(({ tone }) => tone === 'loss') ? [edge, drawn] : [drawn];
}

/** A share never rises over the whole; left alone, the axis would offer 120 %. */
function ceiling(line: TrendData['line']): { max?: number; interval?: number } {
  const most = Math.max(0, ...(line?.values ?? []).map((value) => value ?? 0));
  return most > 0.8 ? { max: 1, interval: 0.25 } : {};
}

function tooltip({ buckets, bars, line, writeCount, writeRatio }: TrendData, index: number): string {
  const rows = bars.map(({ name, values }) => `${name}: ${writeCount(values[index] ?? null)}`);
  if (line) rows.push(`${line.name}: ${writeRatio(line.values[index] ?? null)}`);
  return [buckets[index]?.long ?? '', ...rows].join('\n');
}
