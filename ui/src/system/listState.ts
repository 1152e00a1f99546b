import type { SerializedError } from '@reduxjs/toolkit';
import type { FetchBaseQueryError } from '@reduxjs/toolkit/query';

import { problemOf } from '~/api/problems';
import type { PanelState } from '~/parts/Panel';

interface Asked {
  data?: unknown;
  error?: FetchBaseQueryError | SerializedError | undefined;
  isFetching: boolean;
  refetch: () => unknown;
}

/** What a panel shows of a question: a poll that fails leaves what is on screen, and says nothing. */
export function listState({ data, error, isFetching, refetch }: Asked, empty: boolean): PanelState {
  return {
    loading: !data && !error && isFetching,
    renewing: false,
    problem: error && !data ? problemOf(error) : null,
    empty: Boolean(data) && empty,
    retry: () => void refetch(),
  };
}
