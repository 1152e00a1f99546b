import { describe, expect, it } from 'vitest';

import type { FlowAnswer, FlowEdge } from '~/api/generated';
import { CHART_COLOURS } from '~/charts/colours';
import { graphOption } from '~/charts/graph';

import { movedOf, stepsOf } from './steps';

type Kind = FlowAnswer['nodes'][number]['kind'];

/** A graph from `a>b:passes`; what begins with `=` is an end, `*` the entry. */
function graph(...ways: string[]): FlowAnswer {
  const edges = ways.map((way): FlowEdge => {
    const [, source = '', target = '', passes = '0'] = /^(.+)>(.+):(\d+)$/.exec(way) ?? [];
    return { source, target, passes: Number(passes), callers: 1, share: null };
  });
  const ids = [...new Set(edges.flatMap(({ source, target }) => [source, target]))];
  const kindOf = (id: string): Kind => (id === '*' ? 'entry' : id.startsWith('=') ? 'exit' : 'menu');
  const sum = (of: FlowEdge[]) => of.reduce((all, { passes }) => all + passes, 0);
  return {
    nodes: ids.map((id) => ({
      id,
      kind: kindOf(id),
      name: id,
      passes: sum(edges.filter((edge) => (kindOf(id) === 'exit' ? edge.target : edge.source) === id)),
      callers: 1,
      lost: 0,
      attrition: null,
      change: null,
    })),
    edges,
    edges_left_out: 0,
    compared_with: null,
    meta: {} as FlowAnswer['meta'],
    warnings: [],
  };
}

const columns = (answer: FlowAnswer) =>
  Object.fromEntries(stepsOf(answer).places.map(({ id, column }) => [id, column]));

describe('steps', () => {
  it('stand as far from the entry as the shortest way to them, ends at the end', () => {
    const answer = graph(
      '*>main:10',
      'main>pay:6',
      'main>=hung_up:4',
      'pay>card:2',
      'main>card:1',
      'card>=queue:3',
    );
    expect(columns(answer)).toEqual({ '*': 0, main: 1, pay: 2, card: 2, '=hung_up': 3, '=queue': 3 });
    expect(stepsOf(answer)).toMatchObject({ columns: 4, calls: 10 });
  });

  it('that lead back are told from those that lead on', () => {
    const { ways, places } = stepsOf(
      graph('*>main:9', 'main>main:3', 'main>pay:5', 'pay>main:2', 'pay>=queue:3'),
    );
    expect(ways.filter(({ back }) => back).map(({ source, target }) => `${source}>${target}`)).toEqual([
      'main>main',
      'pay>main',
    ]);
    expect(places.find(({ id }) => id === 'main')?.again).toBe(3);
  });

  it('that nobody came into from the entry stand beside it', () => {
    expect(columns(graph('*>main:1', 'main>=queue:1', 'late>=hung_up:1'))).toMatchObject({
      main: 1,
      late: 1,
    });
  });

  it('of nothing are nothing', () => {
    expect(stepsOf(undefined)).toEqual({ places: [], ways: [], columns: 0, calls: 0 });
    expect(stepsOf(graph())).toMatchObject({ places: [], columns: 0 });
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'of any graph have places of their own (%d)',
    (seed) => {
      const { places, columns: count } = stepsOf(graph(...anyWays(seed)));
      const taken = places.map(({ column, row }) => `${column}/${row}`);
      expect(new Set(taken).size).toBe(taken.length);
      for (const { kind, column } of places) {
        expect(column).toBeLessThan(count);
        if (kind === 'exit') expect(column).toBe(count - 1);
        if (kind === 'entry') expect(column).toBe(0);
      }
    },
  );
});

/** Ways between seven places, none of them out of an end or into the entry; the same for the same seed. */
function anyWays(seed: number): string[] {
  let state = seed;
  const below = (many: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * many);
  };
  const [from, to] = [
    ['*', 'a', 'b', 'c', 'd'],
    ['a', 'b', 'c', 'd', '=x', '=y'],
  ];
  const ways = Array.from({ length: below(20) }, () => `${from[below(5)]}>${to[below(6)]}`);
  return [...new Set(ways)].map((way) => `${way}:${below(99) + 1}`);
}

it.each([
  [null, null],
  [{ passes_before: 0, share_before: null, difference: null, low: null, high: null }, null],
  [{ passes_before: 5, share_before: 0.5, difference: 0.1, low: 0.02, high: 0.18 }, [0.1, 0.08, true]],
  [{ passes_before: 5, share_before: 0.5, difference: 0.1, low: -0.1, high: 0.3 }, [0.1, 0.2, false]],
])('the change %j of a way', (change, moved) => {
  const found = movedOf({ change });
  expect(found && [found.change, Number(found.margin.toFixed(9)), found.clear]).toEqual(moved);
});

it('a way to the same place is told with it and not drawn', () => {
  const { places, ways, columns: count } = stepsOf(graph('*>main:9', 'main>main:3', 'main>=queue:9'));
  const option = graphOption(
    {
      columns: count,
      nodes: places.map((place) => ({ ...place, end: place.kind === 'exit', lost: false })),
      links: ways.map(({ source, target, passes, back }) => ({ from: source, to: target, passes, back })),
      write: String,
      again: 'again',
    },
    CHART_COLOURS.light,
    900,
  ) as { series: { data: { id: string; label: { formatter: string } }[]; links: unknown[] }[] };
  const [series] = option.series;
  expect(series?.links).toHaveLength(2);
  expect(series?.data.find(({ id }) => id === 'main')?.label.formatter).toBe('main  12, again 3');
});
