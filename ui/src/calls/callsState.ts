// What the list of calls keeps in its address beside the period: one parameter a dimension, as the links
// behind every number write them, the page, and the call that stands open.
import type { CallsRequest } from '~/api/generated';
import { filtersOf, type Scope, type SourceKind } from '~/overview/scope';

type CellValue = string | number | boolean;

const TEXTS: Record<SourceKind, readonly string[]> = {
  legacy: ['segment', 'did', 'menu', 'option', 'centre', 'line_kind', 'label', 'outcome'],
  asterisk: ['queue', 'agent', 'exit', 'wait_band'],
};
const SHARED_TEXTS = ['source', 'duration_band'];
const INTEGERS = ['hour_of_day', 'weekday'];
const BOOLEANS = ['is_holiday'];
/** What the bar above asks already. */
const OF_THE_BAR = ['segment', 'queue'];
const VALUE_CHARS_MAX = 200; // an address is input like any other
const PAGE_ROWS = 50;

export interface CallsState {
  cell: Record<string, CellValue>;
  metric: string | null;
  cursor: string | null;
  /** The call whose story stands open. */
  call: string | null;
  list: 'calls' | 'recall';
}

function short(text: string | null): string | null {
  return text && text.length <= VALUE_CHARS_MAX ? text : null;
}

function readCell(params: URLSearchParams, kind: SourceKind): CallsState['cell'] {
  const cell: CallsState['cell'] = {};
  for (const name of [...TEXTS[kind], ...SHARED_TEXTS]) {
    const value = short(params.get(name));
    if (value !== null && !OF_THE_BAR.includes(name)) cell[name] = value;
  }
  for (const name of INTEGERS) {
    const text = params.get(name);
    if (text && /^\d{1,2}$/.test(text)) cell[name] = Number(text);
  }
  for (const name of BOOLEANS) {
    const text = params.get(name);
    if (text === 'true' || text === 'false') cell[name] = text === 'true';
  }
  return cell;
}

export function readCalls(params: URLSearchParams, kind: SourceKind): CallsState {
  const cursor = params.get('cursor');
  return {
    cell: readCell(params, kind),
    metric: short(params.get('metric')),
    cursor: cursor && cursor.length <= 2_000 ? cursor : null,
    call: short(params.get('call')),
    list: params.get('list') === 'recall' && kind === 'asterisk' ? 'recall' : 'calls',
  };
}

/** The address with some of it changed; another question begins on its first page, with no call open. */
export function changedCalls(
  params: URLSearchParams,
  change: Record<string, string | null>,
): URLSearchParams {
  const next = new URLSearchParams(params);
  const turnsPage = Object.keys(change).every((name) => name === 'cursor' || name === 'call');
  if (!turnsPage) for (const name of ['cursor', 'call']) next.delete(name);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

export function callsRequest(
  scope: Scope,
  state: Pick<CallsState, 'cell' | 'metric' | 'cursor'>,
): CallsRequest {
  const filters = filtersOf(scope);
  return {
    source_kind: scope.kind,
    time: { from: scope.period.from, to: scope.period.to, zone: scope.zone },
    ...(filters.length > 0 && { filters }),
    ...(Object.keys(state.cell).length > 0 && { cell: state.cell }),
    ...(state.metric && { metric: state.metric }),
    limit: PAGE_ROWS,
    ...(state.cursor && { cursor: state.cursor }),
  };
}
