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
  const query = useRunQueryQuery({ queryRequest: request }, options);
  return { answer: query.data, request, state: stateOf(query) };
}

interface Query {
  data?: unknown;
  error?: Parameters<typeof problemOf>[0];
  isFetching: boolean;
  refetch: () => unknown;
}

/**
 * What a block shows of a question: nothing yet, its last answer while the next is on its way, or why there is none.
 * That stays while it is asked once more: who reads it is not interrupted each time the page tries by itself.
 */
export function stateOf({ data, error, isFetching, refetch }: Query): Asked['state'] {
  const known = data !== undefined;
  return {
    loading: !known && !error && isFetching,
    renewing: (known || Boolean(error)) && isFetching,
    problem: error ? problemOf(error) : null,
    retry: () => void refetch(),
  };
}
