// Asks again what the last visit left and the server has not confirmed. For whoever shows such answers.
import { useEffect } from 'react';

import { baseApi } from '~/api/base';
import { type State, useAppDispatch, useAppSelector } from '~/app/store';

import { KEPT_ENDPOINTS } from './answers';
import { answersConfirmed } from './keptSlice';

const TAGS = ['analytics', 'ivr', 'planning'];

/** All that may be of the last visit has been answered since; what failed has not. */
function answered({ api, kept }: Pick<State, 'api' | 'kept'>): boolean {
  return (
    kept.doubted &&
    kept.told &&
    Object.values(api.queries).every(
      (entry) =>
        !entry?.endpointName ||
        !KEPT_ENDPOINTS.includes(entry.endpointName) ||
        !['pending', 'rejected'].includes(entry.status),
    )
  );
}

export function useDoubt(): void {
  const dispatch = useAppDispatch();
  const doubted = useAppSelector((state) => state.kept.doubted);
  const settled = useAppSelector(answered);
  useEffect(() => {
    if (doubted) dispatch(baseApi.util.invalidateTags(TAGS.map((type) => ({ type: type as never }))));
  }, [doubted, dispatch]);
  useEffect(() => {
    if (settled) dispatch(answersConfirmed());
  }, [settled, dispatch]);
}
