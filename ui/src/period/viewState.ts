// The state of the overview is its address: only what differs from the defaults is written, anything that
// cannot be read falls back to the default instead of breaking the page.
import { type Granularity, GRANULARITIES, type PeriodChoice, type Preset, PRESETS } from './presets';
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
  };
}

export function writeView(view: ViewState): URLSearchParams {
  const params = new URLSearchParams();
  if (view.tab) params.set('tab', view.tab);
  if (view.period?.kind === 'range') {
    params.set('from', view.period.first);
    params.set('to', view.period.last);
  } else if (view.period) {
    params.set('period', view.period.preset);
  }
  if (view.granularity) params.set('every', view.granularity);
  if (view.zone) params.set('zone', view.zone);
  if (view.segment) params.set('segment', view.segment);
  if (view.queue) params.set('queue', view.queue);
  return params;
}
