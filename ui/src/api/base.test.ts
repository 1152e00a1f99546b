import { beforeEach, describe, expect, it, vi } from 'vitest';

import { ANA, LATE, type Reply, serve, storeOf } from '~/testing/page';

import { touch } from './activity';
import { forgetAnswers } from './etags';
import { generatedApi } from './generated';
import { problemOf } from './problems';
import { settleWaiting } from './relogin';

const { listFreshness, writePreferences, runQuery, signIn } = generatedApi.endpoints;
const fresh = { forceRefetch: true, subscribe: false } as const;
const problem = (status: number): Reply => ({
  status,
  body: { status, title: 'No', detail: 'No.', request_id: 'r-1' },
});

beforeEach(() => {
  forgetAnswers();
  touch();
});

describe('a request', () => {
  it('carries the CSRF token when it writes and only then', async () => {
    const sent = serve(() => ({ status: 200, body: {} }));
    const store = storeOf(ANA);
    await store.dispatch(listFreshness.initiate(undefined, fresh));
    await store.dispatch(writePreferences.initiate({ preferences: { language: 'en' } }));
    expect(sent.map(({ headers }) => headers.get('X-CSRF-Token'))).toEqual([null, 'csrf-of-ana']);
  });

  it('is background work unless somebody has just touched the page', async () => {
    const sent = serve(() => ({ status: 200, body: { items: [] } }));
    const store = storeOf(ANA);
    await store.dispatch(listFreshness.initiate(undefined, fresh));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await store.dispatch(listFreshness.initiate(undefined, fresh));
    vi.useRealTimers();
    expect(sent.map(({ headers }) => headers.get('X-Background'))).toEqual([null, '1']);
  });

  it('names what it has, and a 304 gives that back', async () => {
    const sent = serve(({ headers }) =>
      headers.get('If-None-Match') === '"v1"'
        ? { status: 304 }
        : { status: 200, body: { items: [] }, headers: { ETag: '"v1"' } },
    );
    const store = storeOf(ANA);
    const first = await store.dispatch(listFreshness.initiate(undefined, fresh));
    const second = await store.dispatch(listFreshness.initiate(undefined, fresh));
    expect(sent[1]?.headers.get('If-None-Match')).toBe('"v1"');
    expect(second.data).toEqual(first.data);
    expect(second.error).toBeUndefined();
  });

  it('does not mix the answers of two questions to one address', async () => {
    const ask = (metric: string) =>
      runQuery.initiate({ queryRequest: { metrics: [metric], time: { from: 'a', to: 'b' } } }, fresh);
    const sent = serve(({ body }) => ({ status: 200, body, headers: { ETag: '"q"' } }));
    const store = storeOf(ANA);
    await store.dispatch(ask('calls'));
    await store.dispatch(ask('abandoned'));
    expect(sent[1]?.headers.get('If-None-Match')).toBeNull();
  });
});

describe('the end of a session', () => {
  it('holds requests back until the person is in again, then asks once more', async () => {
    let over = true;
    const sent = serve(() => (over ? problem(401) : { status: 200, body: { items: [] } }));
    const store = storeOf(ANA);
    const waiting = store.dispatch(listFreshness.initiate(undefined, fresh));
    await vi.waitFor(() => {
      expect(store.getState().session.status).toBe('ended');
    }, LATE);
    over = false;
    settleWaiting(true);
    const answer = await waiting;
    expect(answer.data).toEqual({ items: [] });
    expect(sent).toHaveLength(2);
    expect(store.getState().session.user?.username).toBe('ana');
  });

  it('gives the refusal back when the person leaves instead', async () => {
    serve(() => problem(401));
    const store = storeOf(ANA);
    const waiting = store.dispatch(listFreshness.initiate(undefined, fresh));
    await vi.waitFor(() => {
      expect(store.getState().session.status).toBe('ended');
    }, LATE);
    settleWaiting(false);
    expect((await waiting).error).toMatchObject({ status: 401 });
  });

  it('is not what a wrong password means', async () => {
    serve(() => problem(401));
    const store = storeOf(null);
    const answer = await store.dispatch(signIn.initiate({ signIn: { username: 'ana', password: 'no' } }));
    expect(answer.error).toMatchObject({ status: 401 });
  });
});

describe('a problem', () => {
  it('tells when to come back and what to quote', async () => {
    serve(() => ({ ...problem(429), headers: { 'Retry-After': '42' } }));
    const { error } = await storeOf(ANA).dispatch(listFreshness.initiate(undefined, fresh));
    expect(error && problemOf(error)).toMatchObject({
      kind: 'http',
      status: 429,
      requestId: 'r-1',
      retryAfterS: 42,
    });
  });

  it('keeps the fields that the server names', () => {
    const data = { errors: [{ param: 'time.to', detail: 'the end must lie after the beginning' }, 'odd'] };
    expect(problemOf({ status: 422, data }).fields).toEqual([
      { param: 'time.to', detail: 'the end must lie after the beginning', suggestion: null },
    ]);
  });

  it('can be a silent network', () => {
    expect(problemOf({ status: 'FETCH_ERROR', error: 'x' }).kind).toBe('offline');
    expect(problemOf({ status: 'TIMEOUT_ERROR', error: 'x' }).kind).toBe('timeout');
  });
});
