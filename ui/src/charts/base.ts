import type { ChartColours } from './colours';

export const FONT = "'IBM Plex Sans Variable', system-ui, sans-serif";

/** What all charts share: quiet axes, a tooltip drawn on the canvas (no inline styles), no dance on arrival. */
export function baseOption(colours: ChartColours) {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: colours.inkSoft, fontSize: 12 },
    tooltip: {
      renderMode: 'richText' as const,
      confine: true,
      backgroundColor: colours.tooltip,
      borderColor: colours.line,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: {
        color: colours.ink,
        fontFamily: FONT,
        fontSize: 12,
        lineHeight: 19,
      },
    },
  };
}

export function valueAxis(colours: ChartColours, write: (value: number) => string) {
  return {
    type: 'value' as const,
    axisLabel: { color: colours.inkSoft, formatter: write, margin: 8 },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colours.line } },
    splitNumber: 4,
  };
}

export function categoryAxis(colours: ChartColours, labels: string[]) {
  return {
    type: 'category' as const,
    data: labels,
    axisLabel: { color: colours.inkSoft, hideOverlap: true, margin: 10 },
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
  };
}
