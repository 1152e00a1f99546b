// Places in columns and ways between them, ways back included: what layers alone cannot show.
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, FONT } from './base';
import type { ChartColours } from './colours';

export interface GraphDrawing {
  columns: number;
  nodes: {
    id: string;
    name: string;
    column: number;
    row: number;
    passes: number;
    again: number;
    end: boolean;
    lost: boolean;
  }[];
  links: { from: string; to: string; passes: number; back: boolean }[];
  write: (passes: number) => string;
  again: string;
}

const ROW = 100;
const THICKEST = 14;
const LARGEST = 34;
const SMALLEST = 8;
const BEND = 0.12;
const BEND_BACK = 0.35; // a way back leaves the way there readable
const NARROW_PX = 560;
const LETTER_PX = 7; // of a label, which stands at the right of its place

export function graphOption(data: GraphDrawing, colours: ChartColours, width: number): EChartsCoreOption {
  const names = new Map(data.nodes.map(({ id, name }) => [id, name]));
  const most = Math.max(1, ...data.nodes.map(({ passes }) => passes));
  const widest = Math.max(1, ...data.links.map(({ passes }) => passes));
  const step = width / Math.max(1, data.columns);
  const rows = rowsOf(data);
  const tallest = Math.max(1, ...rows.values());
  const narrow = width < NARROW_PX;
  const last = data.nodes.filter(({ column }) => column === data.columns - 1);
  const letters = Math.max(0, ...last.map((node) => labelOf(node, data, narrow).length));
  // A way bends by this much at its middle: of the uppermost and lowest ones that is room to keep.
  const margin = LARGEST / 2 + (BEND * step) / 2;
  return {
    ...baseOption(colours),
    tooltip: {
      ...baseOption(colours).tooltip,
      trigger: 'item',
      formatter: ({ dataType, data: item }: { dataType: string; data: Item }) =>
        dataType === 'node'
          ? told(names.get(item.id ?? '') ?? '', item.value, data)
          : told(`${names.get(item.source ?? '')} → ${names.get(item.target ?? '')}`, item.value, data),
    },
    series: [
      {
        type: 'graph',
        layout: 'none',
        left: 24,
        right: LARGEST + letters * LETTER_PX,
        top: margin,
        bottom: margin,
        roam: false,
        edgeSymbol: ['none', 'arrow'],
        edgeSymbolSize: 7,
        emphasis: { focus: 'adjacency' },
        data: data.nodes.map(({ id, name, column, row, passes, again, end, lost }) => ({
          id,
          name: id,
          value: passes,
          x: column * step,
          y: (row + (tallest - (rows.get(column) ?? 1)) / 2) * ROW, // columns stand around one middle
          symbol: end ? 'rect' : 'circle',
          symbolSize: SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(passes / most),
          itemStyle: { color: lost ? colours.loss : end ? colours.other : colours.volume },
          label: {
            show: true,
            position: 'right',
            color: colours.ink,
            textBorderColor: colours.surface, // ways begin where the label stands
            textBorderWidth: 3,
            fontFamily: FONT,
            fontSize: 12,
            formatter: labelOf({ name, passes, again }, data, narrow),
          },
        })),
        links: data.links
          .filter(({ from, to }) => from !== to)
          .map(({ from, to, passes, back }) => ({
            source: from,
            target: to,
            value: passes,
            lineStyle: {
              color: back ? colours.loss : colours.volume,
              opacity: back ? 0.55 : 0.3,
              width: 1 + (THICKEST - 1) * (passes / widest),
              curveness: back ? BEND_BACK : BEND,
            },
          })),
      },
    ],
  };
}

/** How many places each column has. */
function rowsOf({ nodes }: GraphDrawing): Map<number, number> {
  const rows = new Map<number, number>();
  for (const { column, row } of nodes) rows.set(column, Math.max(rows.get(column) ?? 0, row + 1));
  return rows;
}

interface Item {
  id?: string;
  source?: string;
  target?: string;
  value: number;
}

function told(name: string, passes: number, { write }: GraphDrawing): string {
  return `${name}\n${write(passes)}`;
}

function labelOf(
  { name, passes, again }: { name: string; passes: number; again: number },
  data: GraphDrawing,
  narrow: boolean,
): string {
  if (narrow) return name;
  const repeated = again > 0 ? `, ${data.again} ${data.write(again)}` : '';
  return `${name}  ${data.write(passes)}${repeated}`;
}
