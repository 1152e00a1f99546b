import { beforeEach, describe, expect, it, vi } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import { generatedApi } from '~/api/generated';
import type { Store } from '~/app/store';
import { ANA, serve, storeOf } from '~/testing/page';

import { ANSWERS_MAX, keepable } from './answers';

const { runQuery, findCalls } = generatedApi.endpoints;
const question = (metric: string) => ({
  queryRequest: { metrics: [metric], time: { from: 'a', to: 'b' } },
});

function server() {
  return serve(() => ({ status: 200, body: { rows: [[7]] }, headers: { ETag: '"t"' } }));
}

beforeEach(forgetAnswers);

describe('what may be kept', () => {
  async function shown(store: Store) {
    await vi.waitFor(
      () => {
        expect(Object.keys(store.getState().api.subscriptions)).not.toHaveLength(0);
      },
      { timeout: 3_000 },
    );
    return keepable(store.getState().api);
  }

  it('is on the screen and not about a caller', async () => {
    server();
    const store = storeOf(ANA);
    await store.dispatch(findCalls.initiate({ callsRequest: { from: 'a', to: 'b' } as never }));
    await store.dispatch(runQuery.initiate(question('calls')));
    await store.dispatch(runQuery.initiate(question('abandoned'), { subscribe: false }));
    expect((await shown(store))?.map(({ arg }) => arg)).toEqual([question('calls')]);
  });

  it('is no screen without bounds', async () => {
    server();
    const store = storeOf(ANA);
    const asked = Array.from({ length: ANSWERS_MAX + 1 }, (_, at) => question(`m${at}`));
    await Promise.all(asked.map((each) => store.dispatch(runQuery.initiate(each))));
    expect(await shown(store)).toBeNull();
  });
});
