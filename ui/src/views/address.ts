// A saved view is the address of a screen under a name. `?v=12&segment=` opens view 12 without its segment: of what a
// person has changed since, the address carries only that. A part that is taken out is written empty.
import type { ViewOut } from '~/api/generated';

export const VIEW_PARAM = 'v';
/** Together they say one thing, and are replaced together. */
const PERIOD: readonly string[] = ['period', 'from', 'to'];
/** What stands open for a moment, or belongs to a wall: no part of what is kept. */
const PASSING: readonly string[] = [VIEW_PARAM, 'kiosk', 'cursor', 'call', 'person', 'run', 'reconciliation'];
const SEARCH_CHARS_MAX = 4_000; // servers and proxies refuse longer addresses
const ID = /^\d{1,18}$/;
const START = /^views\/(\d{1,18})$/;

/** Where a view leads: a screen, and what it is asked. */
export interface Place {
  path: string;
  search: string;
}

type Entries = [string, string][];

function partOf(key: string): readonly string[] {
  return PERIOD.includes(key) ? PERIOD : [key];
}

function said(params: URLSearchParams, key: string): string[] {
  return params.getAll(key).filter((value) => value !== '');
}

function same(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

/** The view that an address opens; null for none, and for what cannot be one. */
export function viewIdOf(params: URLSearchParams): string | null {
  const id = params.get(VIEW_PARAM);
  return id !== null && ID.test(id) ? id : null;
}

/** What the screen is asked: the view, and over it what the address says otherwise. */
export function merged(saved: URLSearchParams, written: URLSearchParams): URLSearchParams {
  const replaced = new Set([...written.keys()].flatMap(partOf));
  const entries: Entries = [
    ...[...saved].filter(([key]) => !replaced.has(key)),
    ...[...written].filter(([key]) => key !== VIEW_PARAM),
  ];
  return new URLSearchParams(entries.filter(([, value]) => value !== ''));
}

/** The shortest address that, over this view, asks what is wanted. */
export function difference(id: string, saved: URLSearchParams, wanted: URLSearchParams): URLSearchParams {
  const result = new URLSearchParams({ [VIEW_PARAM]: id });
  const parts = new Set([...saved.keys(), ...wanted.keys()].map((key) => partOf(key).join()));
  for (const part of parts) {
    const keys = part.split(',');
    if (part === VIEW_PARAM || keys.every((key) => same(said(saved, key), said(wanted, key)))) continue;
    const entries = keys.flatMap((key) => said(wanted, key).map((value) => [key, value] as const));
    for (const [key, value] of entries) result.append(key, value);
    if (entries.length === 0) result.append(keys.find((key) => saved.has(key)) ?? part, '');
  }
  return result;
}

/** What of an address a view keeps. */
export function keepable(params: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...params].filter(([key, value]) => value !== '' && !PASSING.includes(key)));
}

/** Whether somebody has changed what the view keeps. */
export function isChanged(saved: URLSearchParams, params: URLSearchParams): boolean {
  return [...difference('0', saved, keepable(params)).keys()].length > 1;
}

/** Where a view leads, if it was made in this page: `display` is whatever its maker wrote. */
export function placeOf(display: ViewOut['display'], paths: readonly string[]): Place | null {
  const { path, search } = display as Record<string, unknown>;
  if (typeof path !== 'string' || !paths.includes(path)) return null;
  if (typeof search !== 'string' || search.length > SEARCH_CHARS_MAX) return null;
  return { path, search: keepable(new URLSearchParams(search)).toString() };
}

/** The address that opens a view as it was saved. */
export function addressOf(id: string, { path }: Pick<Place, 'path'>): string {
  return `${path}?${VIEW_PARAM}=${id}`;
}

/** The view that the page begins with, as the preferences of the account name it. */
export function startView(preference: string | undefined): string | null {
  return START.exec(preference ?? '')?.[1] ?? null;
}

export function startPreference(id: string | null): string {
  return id === null ? 'overview' : `views/${id}`;
}
