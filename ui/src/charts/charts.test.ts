import { describe, expect, it } from 'vitest';

import { type BandData, bandOption, type BandPoint } from './band';
import { CHART_COLOURS } from './colours';
import { flowOption, shortened } from './flow';
import { type Tone, trendOption } from './trend';

const COLOURS = CHART_COLOURS.light;
const point = (part: Partial<BandPoint>): BandPoint => ({
  short: '1',
  long: 'uno',
  value: 10,
  low: 5,
  middle: 9,
  high: 15,
  unusual: false,
  ...part,
});
const band = (points: BandPoint[], part: Partial<BandData> = {}): BandData => ({
  points,
  names: { value: 'valor', band: 'banda', middle: 'media' },
  write: String,
  writeAxis: String,
  ...part,
});
interface Drawn {
  series: { name: string; data: unknown[] }[];
  yAxis: { max?: number };
  tooltip: { formatter: (hit: { dataIndex: number }[]) => string };
}
const draw = (data: BandData) => bandOption(data, COLOURS) as unknown as Drawn;

describe('a band', () => {
  it('is drawn as what lies between its edges, and not where there is none', () => {
    const { series } = draw(band([point({}), point({ low: null, middle: null, high: null })]));
    expect(series.find(({ name }) => name === 'low')?.data).toEqual([5, null]);
    expect(series.find(({ name }) => name === 'banda')?.data).toEqual([10, null]);
  });

  it('gives what is unusual another shape, not only another colour', () => {
    const { series } = draw(band([point({}), point({ unusual: true })]));
    const symbols = series.at(-1)?.data.map((item) => (item as { symbol: string }).symbol);
    expect(symbols).toEqual(['circle', 'diamond']);
  });

  it('of shares never rises over the whole', () => {
    expect(draw(band([point({ value: 0.9, high: 0.95 })], { ratio: true })).yAxis.max).toBe(1);
    expect(draw(band([point({ value: 0.2, high: 0.3 })], { ratio: true })).yAxis.max).toBeUndefined();
  });

  it('says in words what it draws', () => {
    const { tooltip } = draw(band([point({}), point({ low: null })]));
    expect(tooltip.formatter([{ dataIndex: 0 }])).toBe('uno\nvalor: 10\nmedia: 9\nbanda: 5 – 15');
    expect(tooltip.formatter([{ dataIndex: 1 }])).toBe('uno\nvalor: 10');
  });
});

describe('a trend', () => {
  const widths = (...tones: Tone[]) => {
    const { series } = trendOption(
      {
        buckets: [{ short: '1', long: 'uno', partial: false }],
        bars: tones.map((tone) => ({ name: tone, tone, values: [4] })),
        line: { name: 'parte', values: [0.3] },
        writeCount: String,
        writeCompact: String,
        writeRatio: String,
        writeRatioShort: String,
      },
      COLOURS,
      900,
    ) as unknown as { series: { type: string; lineStyle?: { color: string; width: number } }[] };
    return series.filter(({ type }) => type === 'line').map(({ lineStyle }) => lineStyle);
  };

  it('keeps its line apart from bars of the same colour', () => {
    const drawn = { color: COLOURS.loss, width: 2 };
    expect(widths('volume')).toEqual([drawn]);
    expect(widths('volume', 'loss')).toEqual([{ color: COLOURS.surface, width: 6 }, drawn]);
  });
});

describe('a flow', () => {
  const drawing = {
    nodes: [
      { id: 'menu:a', layer: 0, name: 'Un menú de nombre muy largo', calls: 5, lost: true },
      { id: 'option:a', layer: 1, name: 'a', calls: 5, lost: false },
    ],
    links: [{ from: 'menu:a', to: 'option:a', calls: 5 }],
    write: String,
    writeShare: () => '100 %',
  };
  const labels = (width: number) => {
    const { series } = flowOption(drawing, COLOURS, width) as unknown as {
      series: { data: { label: { formatter: string } }[] }[];
    };
    return series[0]?.data.map(({ label }) => label.formatter);
  };

  it('writes names with their calls, and on a phone only what fits of the names', () => {
    expect(labels(1200)).toEqual(['Un menú de nombre muy largo  5', 'a  5']);
    expect(labels(350)).toEqual(['Un menú de n…', 'a']);
  });

  it.each([
    ['corto', 8, 'corto'],
    ['exactamente', 11, 'exactamente'],
    ['demasiado', 5, 'dema…'],
  ])('%s in %d letters is %s', (name, letters, shown) => {
    expect(shortened(name, letters)).toBe(shown);
  });
});
