import { describe, expect, it } from 'vitest';

import { flowOf, type Path, REST } from './flow';
import { shiftOf } from './shift';

const path = (menu: string, option: string, centre: string, calls: number): Path => ({
  menu,
  option,
  centre,
  calls,
});
const PATHS = [
  path('cobros', '1', 'A', 50),
  path('cobros', '2', 'B', 20),
  path('fallas', '1', 'A', 15),
  path('altas', '1', 'C', 10),
  path('bajas', '3', 'C', 5),
];
const MANY = { menu: 9, option: 9, centre: 9 };

describe('the flow', () => {
  it('keeps every call in every layer, however few stand alone', () => {
    for (const most of [MANY, { menu: 2, option: 1, centre: 1 }, { menu: 0, option: 0, centre: 0 }]) {
      const { nodes, links, calls } = flowOf(PATHS, most);
      expect(calls).toBe(100);
      for (const layer of ['menu', 'option', 'centre'] as const) {
        const own = nodes.filter((node) => node.layer === layer);
        expect(own.reduce((sum, node) => sum + node.calls, 0)).toBe(100);
      }
      for (const layer of ['menu', 'option'] as const) {
        const own = links.filter(({ from }) => from.layer === layer);
        expect(own.reduce((sum, link) => sum + link.calls, 0)).toBe(100);
      }
    }
  });

  it('lets the largest stand alone and says how many stand together', () => {
    const { nodes } = flowOf(PATHS, { ...MANY, menu: 2 });
    expect(nodes.filter(({ layer }) => layer === 'menu')).toEqual([
      { layer: 'menu', value: 'cobros', calls: 70, together: 1 },
      { layer: 'menu', value: 'fallas', calls: 15, together: 1 },
      { layer: 'menu', value: REST, calls: 15, together: 2 },
    ]);
  });

  it('joins paths that share a step', () => {
    const { links } = flowOf(PATHS, MANY);
    const step = links.find(({ from, to }) => from.value === '1' && to.value === 'A');
    expect(step?.calls).toBe(65);
  });

  it('of nothing is nothing', () => {
    expect(flowOf([], MANY)).toEqual({ nodes: [], links: [], calls: 0 });
  });
});

describe('a shift between two periods', () => {
  it('is clear when many calls say so, and chance when few do', () => {
    expect(shiftOf({ part: 3000, whole: 10_000 }, { part: 2500, whole: 10_000 })).toMatchObject({
      clear: true,
    });
    expect(shiftOf({ part: 3, whole: 10 }, { part: 2, whole: 10 })).toMatchObject({ clear: false });
  });

  it('is the difference of the shares themselves', () => {
    expect(shiftOf({ part: 30, whole: 100 }, { part: 50, whole: 200 })?.change).toBeCloseTo(0.05, 9);
  });

  it('has a sign that turns with the periods', () => {
    const [a, b] = [
      { part: 30, whole: 100 },
      { part: 50, whole: 200 },
    ];
    expect(shiftOf(a, b)?.change).toBeCloseTo(-(shiftOf(b, a)?.change ?? 0), 9);
    expect(shiftOf(a, b)?.margin).toBeCloseTo(shiftOf(b, a)?.margin ?? 0, 9);
  });

  it('of a period without calls is unknown', () => {
    expect(shiftOf({ part: 1, whole: 10 }, { part: 0, whole: 0 })).toBeNull();
  });
});
