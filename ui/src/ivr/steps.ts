// Steps of the IVR as the switch tells them: a graph with ways back, laid out in columns. Pure.
import type { FlowAnswer, FlowEdge, FlowNode } from '~/api/generated';

export interface Place extends FlowNode {
  /** How many steps from the entry the shortest way is; ends stand in the last column. */
  column: number;
  /** From the top of its column. */
  row: number;
  /** Passes that came straight back to it. */
  again: number;
}

export interface Way extends FlowEdge {
  /** Leads to where the caller had been, or could have been, before. */
  back: boolean;
}

export interface Steps {
  places: Place[];
  ways: Way[];
  columns: number;
  /** Calls that came in. */
  calls: number;
}

/** Ends at which nobody was reached; the same as those that the server counts as lost. */
export const LOST_ENDS: ReadonlySet<string> = new Set(['hung_up', 'timeout', 'invalid']);

const NONE: Steps = { places: [], ways: [], columns: 0, calls: 0 };

export function stepsOf(answer: FlowAnswer | undefined): Steps {
  if (!answer || answer.nodes.length === 0) return NONE;
  const columns = columnsOf(answer);
  const taken = new Map<number, number>();
  const again = new Map(
    answer.edges
      .filter(({ source, target }) => source === target)
      .map(({ source, passes }) => [source, passes]),
  );
  // The busiest stand on top: the answer has them in that order.
  const places = answer.nodes.map((node): Place => {
    const column = columns.get(node.id) ?? 0;
    const row = taken.get(column) ?? 0;
    taken.set(column, row + 1);
    return { ...node, column, row, again: again.get(node.id) ?? 0 };
  });
  const ways = answer.edges.map((edge): Way => {
    const [from, to] = [columns.get(edge.source) ?? 0, columns.get(edge.target) ?? 0];
    return { ...edge, back: to <= from };
  });
  const calls = answer.nodes.find(({ kind }) => kind === 'entry')?.passes ?? 0;
  return { places, ways, columns: Math.max(...columns.values()) + 1, calls };
}

/** Breadth first from the entry; what no way leads to (its callers were on their way already) begins beside it. */
function columnsOf({ nodes, edges }: FlowAnswer): Map<string, number> {
  const next = new Map<string, string[]>();
  for (const { source, target, passes } of edges) {
    if (passes > 0) next.set(source, [...(next.get(source) ?? []), target]);
  }
  const found = new Map<string, number>();
  const ends = new Set(nodes.filter(({ kind }) => kind === 'exit').map(({ id }) => id));
  const walk = (starts: string[], column: number) => {
    let wave = starts.filter((id) => !found.has(id) && !ends.has(id));
    for (let at = column; wave.length > 0; at += 1) {
      for (const id of wave) found.set(id, at);
      const ahead = new Set(wave.flatMap((id) => next.get(id) ?? []));
      wave = [...ahead].filter((id) => !found.has(id) && !ends.has(id));
    }
  };
  walk(
    nodes.filter(({ kind }) => kind === 'entry').map(({ id }) => id),
    0,
  );
  for (const { id } of nodes) walk([id], 1);
  const last = Math.max(0, ...found.values()) + 1;
  for (const id of ends) found.set(id, last);
  return found;
}

export interface Moved {
  change: number;
  margin: number;
  clear: boolean;
}

/** The change of a way's share of its place, in the form of the other blocks; null where one period had no passes. */
export function movedOf({ change }: Pick<FlowEdge, 'change'>): Moved | null {
  if (change?.difference == null || change.low === null || change.high === null) return null;
  return {
    change: change.difference,
    margin: (change.high - change.low) / 2,
    clear: change.low > 0 || change.high < 0,
  };
}
