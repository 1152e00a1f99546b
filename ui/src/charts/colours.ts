// What tokens.css says, in the form that a canvas needs.
export interface ChartColours {
  surface: string;
  ink: string;
  inkSoft: string;
  line: string;
  volume: string;
  volumeSoft: string;
  loss: string;
  other: string;
  tooltip: string;
  /** Text on the strong half of a scale, and where that half begins. */
  inkOnScale: string;
  scaleTurnsAt: number;
  /** From little to much. */
  volumeScale: string[];
  lossScale: string[];
}

export const CHART_COLOURS: Record<'light' | 'dark', ChartColours> = {
  light: {
    surface: '#ffffff',
    ink: '#1d262c',
    inkSoft: '#55636c',
    line: '#e6eaec',
    volume: '#2f8792',
    volumeSoft: '#a9d0d5',
    loss: '#c2571a',
    other: '#9aa8b0',
    tooltip: '#ffffff',
    inkOnScale: '#ffffff',
    scaleTurnsAt: 0.58,
    volumeScale: ['#eef5f6', '#cfe6e8', '#94c8ce', '#4c9ca6', '#10636d', '#073f47'],
    lossScale: ['#fbf3ec', '#f6dcc9', '#eab48f', '#d98450', '#b04c13', '#74300a'],
  },
  dark: {
    surface: '#162027',
    ink: '#e1e8eb',
    inkSoft: '#9aa8b0',
    line: '#26343d',
    volume: '#4fa9b4',
    volumeSoft: '#2f5f68',
    loss: '#ee9a5d',
    other: '#6f7f88',
    tooltip: '#212e36',
    inkOnScale: '#0b1216',
    scaleTurnsAt: 0.62,
    volumeScale: ['#1b2a31', '#1f4149', '#256069', '#34858f', '#5db4be', '#a8e2e8'],
    lossScale: ['#241f1c', '#45301f', '#6d4524', '#9d622f', '#d18749', '#f8c79f'],
  },
};
