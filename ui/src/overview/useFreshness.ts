import { useEffect, useRef } from 'react';

import { baseApi } from '~/api/base';
import { type FreshnessBody, useListFreshnessQuery } from '~/api/generated';
import { type AppDispatch, useAppDispatch } from '~/app/store';
import { useOwnZone } from '~/format/useFormat';
import { useDoubt } from '~/kept/useDoubt';
import { dayAt } from '~/period/zoned';

import type { SourceKind } from './scope';
import { useView } from './useView';

const OF_CALLS = ['analytics', 'ivr'];
// A forecast is made from whole days, so that calls of the day that is running change nothing in it, and it costs more
// than any other answer: it is asked again only when a day has closed, or when what was read before counts otherwise.
const OF_CLOSED_DAYS = ['planning'];
const POLL_MS = 30_000; // Asterisk is read every 10 s; a person notices half a minute

type Told = Pick<FreshnessBody, 'source' | 'version' | 'data_as_of'>;

/** What is out of date, between two answers about how new the data is, in the zone that days are counted in. */
export function movedTags(before: readonly Told[], after: readonly Told[], zone: string): string[] {
  const was = new Map(before.map((each) => [each.source, each]));
  const moved = after.filter(({ source, version }) => was.get(source)?.version !== version);
  if (moved.length === 0 && before.length === after.length) return [];
  const dayOf = (told: Told | undefined) =>
    told?.data_as_of ? dayAt(Date.parse(told.data_as_of), zone) : null;
  const behind = moved.some((told) => {
    const old = was.get(told.source);
    return old?.data_as_of === told.data_as_of || dayOf(old) !== dayOf(told);
  });
  return behind || before.length !== after.length ? [...OF_CALLS, ...OF_CLOSED_DAYS] : OF_CALLS;
}

/** Polls how new the data is; when it moved, what is made from it is asked again. */
export function useFreshness() {
  // Nobody ever clicks on a wall: its window is polled without focus.
  const [{ kiosk }] = useView();
  const answer = useListFreshnessQuery(undefined, {
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: !kiosk,
  });
  const dispatch = useAppDispatch();
  useDoubt();
  const zone = useOwnZone();
  const seen = useRef<FreshnessBody[] | null>(null);
  const items = answer.data?.items;
  useEffect(() => {
    if (!items) return;
    const tags = seen.current === null ? [] : movedTags(seen.current, items, zone);
    if (tags.length > 0) invalidate(dispatch, tags);
    seen.current = items;
  }, [items, zone, dispatch]);
  return answer;
}

function invalidate(dispatch: AppDispatch, tags: readonly string[]): void {
  dispatch(baseApi.util.invalidateTags(tags.map((type) => ({ type: type as never }))));
}

// A weekend without a call is usual; what ended longer before the rest has ended for good (services/ivr/freshness.py).
const ENDED_MS = 48 * 3_600_000;

/** Data of a kind reaches as far as its source that lags most; one that ended long ago holds nobody back. */
export function dataAsOfMs(sources: FreshnessBody[], kind: SourceKind): number | null {
  const ends = sources.flatMap((source) =>
    source.kind === kind && source.data_as_of ? [Date.parse(source.data_as_of)] : [],
  );
  const newest = Math.max(...ends);
  return ends.length > 0 ? Math.min(...ends.filter((end) => end >= newest - ENDED_MS)) : null;
}

const WORST_FIRST: FreshnessBody['state'][] = ['no_data', 'stale', 'degraded', 'fresh'];

/** The source of a kind that deserves most worry, of those that any number is made of. */
export function worstOf(sources: FreshnessBody[], kind: SourceKind): FreshnessBody | null {
  const own = sources.filter((source) => source.kind === kind);
  const published = own.filter(({ data_as_of }) => data_as_of !== null);
  const told = published.length > 0 ? published : own;
  return WORST_FIRST.flatMap((state) => told.filter((source) => source.state === state))[0] ?? null;
}
