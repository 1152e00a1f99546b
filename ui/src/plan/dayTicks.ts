// Labels where a day begins: between two of them the hours need no words.
import type { EChartsCoreOption } from 'echarts/core';

import { dayAt } from '~/period/zoned';

/** Whether each interval is the first of its calendar day. */
export function daysBegin(times: string[], zone: string): boolean[] {
  const days = times.map((time) => dayAt(Date.parse(time), zone));
  return days.map((day, index) => day !== days[index - 1]);
}

/** The same drawing with a label for each day only; of one day alone every interval keeps its own. */
export function labelledByDay(option: EChartsCoreOption, times: string[], zone: string): EChartsCoreOption {
  const begins = daysBegin(times, zone);
  if (begins.filter(Boolean).length < 2) return option;
  const axis = option.xAxis as { axisLabel?: object };
  return {
    ...option,
    xAxis: { ...axis, axisLabel: { ...axis.axisLabel, interval: (index: number) => begins[index] ?? false } },
  };
}
