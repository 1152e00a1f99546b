import type { SerializedError } from '@reduxjs/toolkit';
import type { FetchBaseQueryError } from '@reduxjs/toolkit/query';
import { useEffect, useState } from 'react';

import { problemOf } from '~/api/problems';
import type { PanelState } from '~/parts/Panel';

type Outcome<Answer> =
  { data: Answer; error?: undefined } | { data?: undefined; error: FetchBaseQueryError | SerializedError };

interface Kept<Answer> {
  key: string;
  data: Answer | undefined;
  error: FetchBaseQueryError | SerializedError | undefined;
}

/**
 * A question that is too long for an address, asked whenever it changes; the last answer stays while the next is
 * on its way. Null asks nothing.
 */
export function usePosted<Body, Answer>(
  post: (body: Body) => PromiseLike<Outcome<Answer>> & { abort: () => void },
  body: Body | null,
): { data: Answer | undefined; state: Omit<PanelState, 'empty'> } {
  const [attempt, setAttempt] = useState(0);
  const [kept, setKept] = useState<Kept<Answer> | null>(null);
  const key = body === null ? null : `${attempt} ${JSON.stringify(body)}`;

  useEffect(() => {
    if (key === null) return;
    let gone = false;
    const request = post(JSON.parse(key.slice(key.indexOf(' ') + 1)) as Body);
    void request.then(({ data, error }) => {
      if (!gone) setKept((old) => ({ key, data: error ? old?.data : data, error }));
    });
    return () => {
      gone = true;
      request.abort();
    };
  }, [key, post]);

  const retry = () => {
    setAttempt((count) => count + 1);
  };
  return key === null
    ? { data: undefined, state: { loading: false, renewing: false, problem: null, retry } }
    : { data: kept?.data, state: { ...stateOf(kept, key), retry } };
}

function stateOf(kept: Kept<unknown> | null, key: string): Omit<PanelState, 'empty' | 'retry'> {
  const asking = kept?.key !== key;
  const known = kept?.data !== undefined;
  return {
    loading: asking && !known,
    renewing: asking && known,
    problem: !asking && kept.error ? problemOf(kept.error) : null,
  };
}
