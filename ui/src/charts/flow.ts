// Layers from left to right. Every node is named by its layer, for a circle is what this drawing cannot have.
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, FONT } from './base';
import type { ChartColours } from './colours';

export interface FlowDrawing {
  nodes: { id: string; layer: number; name: string; calls: number; lost: boolean }[];
  links: { from: string; to: string; calls: number }[];
  write: (calls: number) => string;
  writeShare: (calls: number) => string;
}

const LAST_LAYER = 2;
const NARROW_PX = 560;
const LETTERS_PER_PX = 1 / 6.4; // of the label's size, on average

export function flowOption(data: FlowDrawing, colours: ChartColours, width: number): EChartsCoreOption {
  const { nodes, links } = data;
  const names = new Map(nodes.map((node) => [node.id, node.name]));
  const narrow = width < NARROW_PX;
  const room = Math.max(8, Math.floor((width / 4) * LETTERS_PER_PX));
  return {
    ...baseOption(colours),
    tooltip: {
      ...baseOption(colours).tooltip,
      trigger: 'item',
      formatter: ({ dataType, data: item }: { dataType: string; data: FlowItem }) =>
        dataType === 'node'
          ? tooltip(names.get(item.name ?? '') ?? '', item.value ?? 0, data)
          : tooltip(
              `${names.get(item.source ?? '')} → ${names.get(item.target ?? '')}`,
              item.value ?? 0,
              data,
            ),
    },
    series: [
      {
        type: 'sankey',
        left: 4,
        right: 4,
        top: 6,
        bottom: 6,
        nodeWidth: 10,
        nodeGap: 9,
        draggable: false,
        layoutIterations: 32,
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: colours.volume, opacity: 0.2, curveness: 0.5 },
        data: nodes.map(({ id, layer, calls, lost, name }) => ({
          name: id,
          depth: layer,
          value: calls,
          itemStyle: { color: lost ? colours.loss : colours.volume, borderWidth: 0 },
          label: {
            position: layer === LAST_LAYER ? 'left' : 'right',
            // Where layers stand close, the numbers are left to the tooltip and the table.
            formatter: narrow ? shortened(name, room) : `${shortened(name, room)}  ${data.write(calls)}`,
          },
        })),
        links: links.map(({ from, to, calls }) => ({ source: from, target: to, value: calls })),
        label: {
          color: colours.ink,
          fontFamily: FONT,
          fontSize: 12,
          textBorderColor: colours.surface,
          textBorderWidth: 3,
        },
        labelLayout: { hideOverlap: true },
      },
    ],
  };
}

interface FlowItem {
  name?: string;
  source?: string;
  target?: string;
  value?: number;
}

function tooltip(name: string, calls: number, { write, writeShare }: FlowDrawing): string {
  return `${name}\n${write(calls)} · ${writeShare(calls)}`;
}

export function shortened(name: string, letters: number): string {
  return name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
}
