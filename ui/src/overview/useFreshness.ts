import { useEffect, useRef } from 'react';

import { baseApi } from '~/api/base';
import { type FreshnessBody, useListFreshnessQuery } from '~/api/generated';
import { useAppDispatch } from '~/app/store';

import type { SourceKind } from './scope';
import { useView } from './useView';

const OF_CALLS = ['analytics', 'planning', 'ivr'];
const POLL_MS = 30_000; // Asterisk is read every 10 s; a person notices half a minute

/** Polls how new the data is; when it moved, everything made from it is asked again. */
export function useFreshness() {
  // Nobody ever clicks on a wall: its window is polled without focus.
  const [{ kiosk }] = useView();
  const answer = useListFreshnessQuery(undefined, {
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: !kiosk,
  });
  const dispatch = useAppDispatch();
  const seen = useRef<string | null>(null);
  const versions = answer.data?.items.map(({ source, version }) => `${source}:${version}`).join(' ') ?? null;
  useEffect(() => {
    if (versions === null || versions === seen.current) return;
    if (seen.current !== null) {
      dispatch(baseApi.util.invalidateTags(OF_CALLS.map((type) => ({ type: type as never }))));
    }
    seen.current = versions;
  }, [versions, dispatch]);
  return answer;
}

/** Data of a kind reaches as far as its source that lags most. */
export function dataAsOfMs(sources: FreshnessBody[], kind: SourceKind): number | null {
  const ends = sources.flatMap((source) =>
    source.kind === kind && source.data_as_of ? [Date.parse(source.data_as_of)] : [],
  );
  return ends.length > 0 ? Math.min(...ends) : null;
}

const WORST_FIRST: FreshnessBody['state'][] = ['no_data', 'stale', 'degraded', 'fresh'];

/** The source of a kind that deserves most worry. */
export function worstOf(sources: FreshnessBody[], kind: SourceKind): FreshnessBody | null {
  const own = sources.filter((source) => source.kind === kind);
  return WORST_FIRST.flatMap((state) => own.filter((source) => source.state === state))[0] ?? null;
}
