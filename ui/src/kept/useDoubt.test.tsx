import { waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';

import { generatedApi, useListFreshnessQuery, useRunQueryQuery } from '~/api/generated';
import { ANA, type Reply, serve, show, storeOf } from '~/testing/page';

import { answersDoubted, answersRestored } from './keptSlice';
import { useDoubt } from './useDoubt';

const QUESTION = { queryRequest: { metrics: ['calls'], time: { from: 'a', to: 'b' } } };

function Screen() {
  useDoubt();
  useListFreshnessQuery();
  useRunQueryQuery(QUESTION);
  return null;
}

function doubted(reply: (path: string) => Reply | Promise<Reply>) {
  const sent = serve(({ path }) => reply(path));
  const store = storeOf(ANA);
  store.dispatch(
    generatedApi.util.upsertQueryEntries([
      { endpointName: 'listFreshness', arg: undefined, value: { items: [] } },
      { endpointName: 'runQuery', arg: QUESTION, value: { rows: [[7]] } as never },
    ]),
  );
  store.dispatch(answersRestored());
  show(<Screen />, { store });
  expect(sent).toEqual([]); // while the server still confirms nobody asks
  store.dispatch(answersDoubted());
  return { store, sent };
}

it('asks all of it again, and has no doubt once all of it is answered', async () => {
  let answer: (reply: Reply) => void = () => undefined;
  const late = new Promise<Reply>((done) => {
    answer = done;
  });
  const { store, sent } = doubted((path) =>
    path.endsWith('/query') ? late : { status: 200, body: { items: [] } },
  );
  await waitFor(() => {
    expect(store.getState().kept.told).toBe(true);
  });
  expect(sent.map(({ path }) => path).sort()).toEqual(['/api/v1/analytics/query', '/api/v1/ivr/freshness']);
  expect(store.getState().kept.unconfirmed).toBe(true);
  answer({ status: 200, body: { rows: [[8]] } });
  await waitFor(() => {
    expect(store.getState().kept).toEqual({ unconfirmed: false, doubted: false, told: true });
  });
});

it('keeps its doubt where an answer fails', async () => {
  const { store } = doubted((path) =>
    path.endsWith('/query') ? { status: 503, body: {} } : { status: 200, body: { items: [] } },
  );
  await waitFor(() => {
    expect(Object.values(store.getState().api.queries).map((each) => each?.status)).toContain('rejected');
  });
  expect(store.getState().kept.unconfirmed).toBe(true);
});
