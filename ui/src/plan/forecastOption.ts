// The forecast as a line in its band. Closed hours are zeros that are known, not a fall.
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, categoryAxis, valueAxis } from '~/charts/base';
import type { ChartColours } from '~/charts/colours';

export interface ForecastDrawing {
  points: { short: string; long: string; value: number | null; low: number | null; high: number | null }[];
  names: { value: string; band: string };
  write: (value: number | null) => string;
}

export function forecastOption(data: ForecastDrawing, colours: ChartColours): EChartsCoreOption {
  const { points, names, write } = data;
  const base = baseOption(colours);
  const edge = { type: 'line', symbol: 'none', silent: true, stack: 'band', lineStyle: { opacity: 0 } };
  return {
    ...base,
    grid: {
      left: 4,
      right: 8,
      top: 12,
      bottom: 4,
      outerBoundsMode: 'same',
      outerBounds: { left: 2, right: 2, top: 8, bottom: 2 },
    },
    tooltip: {
      ...base.tooltip,
      trigger: 'axis',
      formatter: (hit: { dataIndex: number }[]) => {
        const point = points[hit[0]?.dataIndex ?? 0];
        if (!point) return '';
        return `${point.long}\n${names.value}: ${write(point.value)}\n${names.band}: ${write(point.low)} – ${write(point.high)}`;
      },
    },
    xAxis: {
      ...categoryAxis(
        colours,
        points.map(({ short }) => short),
      ),
      boundaryGap: points.length < 3,
    },
    yAxis: valueAxis(colours, write),
    series: [
      { ...edge, data: points.map(({ low }) => low) },
      {
        ...edge,
        areaStyle: { color: colours.volumeSoft, opacity: 0.6 },
        data: points.map(({ low, high }) => (low === null || high === null ? null : high - low)),
      },
      {
        type: 'line',
        name: names.value,
        showSymbol: points.length < 3,
        connectNulls: false,
        lineStyle: { color: colours.volume, width: 2 },
        itemStyle: { color: colours.volume },
        data: points.map(({ value }) => value),
      },
    ],
  };
}
