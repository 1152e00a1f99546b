// The state of a screen is its address: only what differs from the defaults is written, anything that
// cannot be read falls back to the default instead of breaking the page.
import {
  type Compare,
  COMPARES,
  type Granularity,
  GRANULARITIES,
  type PeriodChoice,
  type Preset,
  PRESETS,
} from './presets';
import { isDay, isZone } from './zoned';

export const TABS = ['ivr', 'queues'] as const;
export type Tab = (typeof TABS)[number];

export interface ViewState {
  tab: Tab | null;
  /** Null: what the tab shows by itself. */
  period: PeriodChoice | null;
  granularity: Granularity | null;
  zone: string | null;
  segment: string | null;
  queue: string | null;
  /** Null: the period before. */
  compare: Compare | null;
  /** For a wall: no bar, nothing to press. */
  kiosk: boolean;
}

/** Menus are read by the month, queues by the day. */
export const DEFAULT_PRESET: Record<Tab, Preset> = { ivr: '30d', queues: 'today' };

export const DEFAULT_VIEW: ViewState = {
  tab: null,
  period: null,
  granularity: null,
  zone: null,
  segment: null,
  queue: null,
  compare: null,
  kiosk: false,
};

// Longer than any segment or queue name; an address is input like any other.
const NAME_CHARS_MAX = 80;

function oneOf<T extends string>(allowed: readonly T[], text: string | null): T | null {
  return allowed.find((value) => value === text) ?? null;
}

function name(text: string | null): string | null {
  return text && text.length <= NAME_CHARS_MAX ? text : null;
}

function readPeriod(params: URLSearchParams): PeriodChoice | null {
  const first = params.get('from');
  const last = params.get('to');
  if (isDay(first) && isDay(last) && first <= last) return { kind: 'range', first, last };
  const preset = oneOf(PRESETS, params.get('period'));
  return preset && { kind: 'preset', preset };
}

export function readView(params: URLSearchParams): ViewState {
  const zone = params.get('zone');
  return {
    tab: oneOf(TABS, params.get('tab')),
    period: readPeriod(params),
    granularity: oneOf(GRANULARITIES, params.get('every')),
    zone: isZone(zone) ? zone : null,
    segment: name(params.get('segment')),
    queue: name(params.get('queue')),
    compare: oneOf(COMPARES, params.get('compare')),
    kiosk: params.get('kiosk') === '1',
  };
}

function writePeriod(period: PeriodChoice | null): Record<string, string | null> {
  if (period?.kind === 'range') return { from: period.first, to: period.last };
  return { period: period?.preset ?? null };
}

export function writeView(view: ViewState): URLSearchParams {
  const values: Record<string, string | null> = {
    tab: view.tab,
    ...writePeriod(view.period),
    every: view.granularity,
    zone: view.zone,
    segment: view.segment,
    queue: view.queue,
    compare: view.compare,
    kiosk: view.kiosk ? '1' : null,
  };
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) params.set(key, value);
  return params;
}

const OWN = ['tab', 'period', 'from', 'to', 'every', 'zone', 'segment', 'queue', 'compare', 'kiosk'];

/** The address with a part of the view changed; what a screen keeps there for itself stays. */
export function changedAddress(params: URLSearchParams, part: Partial<ViewState>): URLSearchParams {
  const changed = writeView({ ...readView(params), ...part });
  for (const [key, value] of params) if (!OWN.includes(key)) changed.append(key, value);
  return changed;
}

/** What goes along to another screen: which calls and when, not which part of this screen is open. */
export function travelling(params: URLSearchParams): string {
  const search = writeView({ ...readView(params), kiosk: false }).toString();
  return search && `?${search}`;
}
