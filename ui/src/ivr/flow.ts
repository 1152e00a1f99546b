// Menu, option, centre: where each call ended, as layers of a flow. The largest of each layer stand alone, the rest
// stand together, so that the drawing holds every call and still can be read.
import type { Row } from '~/overview/answers';

export const LAYERS = ['menu', 'option', 'centre'] as const;
export type Layer = (typeof LAYERS)[number];

/** Stands for all that are not large enough to stand alone; no menu has a name of this form. */
export const REST = '\u0000rest';

export interface FlowNode {
  layer: Layer;
  /** The value of the dimension, or REST. */
  value: string;
  calls: number;
  /** How many values stand together; 1 for one alone. */
  together: number;
}

export interface FlowLink {
  from: FlowNode;
  to: FlowNode;
  calls: number;
}

export interface Flow {
  nodes: FlowNode[];
  links: FlowLink[];
  calls: number;
}

export interface Path {
  menu: string;
  option: string;
  centre: string;
  calls: number;
}

export function pathsOf(rows: Row[]): Path[] {
  return rows.map((row) => ({
    menu: row.text('menu') ?? '',
    option: row.text('option') ?? '',
    centre: row.text('centre') ?? '',
    calls: row.number('calls') ?? 0,
  }));
}

export function flowOf(paths: Path[], most: Record<Layer, number>): Flow {
  const places = Object.fromEntries(
    LAYERS.map((layer) => [layer, nodesOf(paths, layer, most[layer])]),
  ) as Record<Layer, Placed>;
  const links = new Map<string, FlowLink>();
  for (const path of paths) {
    const stops = LAYERS.map((layer) => places[layer].at(path[layer]));
    stops.slice(1).forEach((to, index) => {
      const from = stops[index];
      if (!from) return;
      const key = `${from.layer} ${from.value} ${to.value}`;
      const link = links.get(key);
      if (link) link.calls += path.calls;
      else links.set(key, { from, to, calls: path.calls });
    });
  }
  return {
    nodes: LAYERS.flatMap((layer) => places[layer].nodes),
    links: [...links.values()],
    calls: paths.reduce((sum, { calls }) => sum + calls, 0),
  };
}

interface Placed {
  nodes: FlowNode[];
  at: (value: string) => FlowNode;
}

function nodesOf(paths: Path[], layer: Layer, most: number): Placed {
  const sums = new Map<string, number>();
  for (const path of paths) sums.set(path[layer], (sums.get(path[layer]) ?? 0) + path.calls);
  const ranked = [...sums].sort(([, a], [, b]) => b - a);
  const alone = ranked
    .slice(0, most)
    .map(([value, calls]): FlowNode => ({ layer, value, calls, together: 1 }));
  const others = ranked.slice(most);
  const rest: FlowNode = {
    layer,
    value: REST,
    calls: others.reduce((sum, [, calls]) => sum + calls, 0),
    together: others.length,
  };
  const byValue = new Map(alone.map((node) => [node.value, node]));
  return {
    nodes: others.length > 0 ? [...alone, rest] : alone,
    at: (value) => byValue.get(value) ?? rest,
  };
}
