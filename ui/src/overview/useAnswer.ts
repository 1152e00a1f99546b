import type { QueryAnswer, QueryRequest } from '~/api/generated';
import { useRunQueryQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import type { PanelState } from '~/parts/Panel';

export interface Asked {
  /** The last answer to any question of this block: kept on screen while the next is on its way. */
  answer: QueryAnswer | undefined;
  request: QueryRequest;
  state: Omit<PanelState, 'empty'>;
}

export function useAnswer(request: QueryRequest, options?: { skip: boolean }): Asked {
  const { data, error, isFetching, refetch } = useRunQueryQuery({ queryRequest: request }, options);
  return {
    answer: data,
    request,
    state: {
      loading: !data && isFetching,
      renewing: Boolean(data) && isFetching,
      problem: error && !isFetching ? problemOf(error) : null,
      retry: () => void refetch(),
    },
  };
}
