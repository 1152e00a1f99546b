import { webcrypto } from 'node:crypto';

import { beforeEach, describe, expect, it, vi } from 'vitest';

import { forgetAnswers, remembered } from '~/api/etags';
import { generatedApi } from '~/api/generated';
import type { Store } from '~/app/store';
import { forgetDisplayToken, takeDisplayToken } from '~/session/displayToken';
import { sessionEnded, signedIn, signedOut } from '~/session/sessionSlice';
import { ANA, LATE, type Reply, serve, storeOf } from '~/testing/page';

import { keepAnswers, restoreAnswers } from './answers';
import type { Sealed } from './shelf';
import { keptAnswers, openKept } from './visit';

const shelf = vi.hoisted(() => ({ sealed: null as Sealed | null }));
vi.mock('./shelf', () => ({
  taken: () => Promise.resolve(shelf.sealed),
  put: (sealed: Sealed) => {
    shelf.sealed = sealed;
    return Promise.resolve();
  },
  emptied: () => {
    shelf.sealed = null;
    return Promise.resolve();
  },
}));
vi.stubGlobal('crypto', webcrypto);

const { listFreshness, readTargets, runQuery } = generatedApi.endpoints;
const SECRET = 'csrf-of-ana';
const EVA = {
  userId: '8',
  username: 'eva',
  displayName: 'Eva',
  functions: ANA.functions,
  segment: null,
  csrfToken: 'csrf-of-eva',
  preferences: {},
  mustChangePassword: false,
};
const FRESHNESS = '/api/v1/ivr/freshness';
const QUERY = '/api/v1/analytics/query';
const question = (metric: string) => ({
  queryRequest: { metrics: [metric], time: { from: 'a', to: 'b' } },
});

/** A server whose answers have the validator `tag`; `calls` is what it counts. */
function server({ tag = '"t"', calls = 7, query = {} } = {}) {
  return serve(({ path, headers }) => {
    if (path !== QUERY) return { status: 200, body: { items: [{ source: 'ivr', version: 1 }] } };
    if (headers.get('If-None-Match') === tag) return { status: 304 };
    return { status: 200, body: { rows: [[calls]] }, headers: { ETag: tag }, ...query };
  });
}

async function visit(store: Store): Promise<void> {
  keepAnswers(store);
  await Promise.all([
    store.dispatch(listFreshness.initiate()),
    store.dispatch(readTargets.initiate()),
    store.dispatch(runQuery.initiate(question('calls'))),
  ]);
}

/** A first visit, until what is on its screen is kept. */
async function visited(): Promise<Store> {
  server();
  const store = storeOf(ANA);
  await visit(store);
  await vi.waitFor(
    () => {
      expect(shelf.sealed).not.toBeNull();
    },
    { timeout: 3_000 },
  );
  forgetAnswers();
  return store;
}

function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function visitedAgain(): Promise<Store> {
  openKept(Promise.resolve(SECRET));
  const store = storeOf(null);
  await restoreAnswers(store.dispatch, ANA);
  return store;
}

async function confirmed(store: Store): Promise<void> {
  await vi.waitFor(
    () => {
      expect(store.getState().kept).toEqual({ unconfirmed: false, doubted: false, told: true });
    },
    { timeout: 10_000 },
  );
}

/** Longer than opening takes; where it takes longer still, nothing is there either. */
async function nothing(store: Store) {
  await new Promise((done) => setTimeout(done, 400));
  expect(calls(store)).toBeUndefined();
}

const calls = (store: Store) =>
  runQuery.select(question('calls'))(store.getState() as never).data?.rows[0]?.[0];

beforeEach(() => {
  shelf.sealed = null;
  forgetAnswers();
  window.history.replaceState(null, '', '/');
});

describe('the next visit of the same session', () => {
  it('shows what it knows at once, and asks whether it is still so', async () => {
    await visited();
    const sent = server();
    const store = await visitedAgain();
    expect(calls(store)).toBe(7);
    expect(store.getState().kept.unconfirmed).toBe(true);
    await confirmed(store);
    expect(calls(store)).toBe(7);
    expect(sent.map(({ path }) => path).sort()).toEqual(
      ['/api/v1/analytics/targets', QUERY, FRESHNESS].sort(),
    );
    const asked = sent.find(({ path }) => path === QUERY);
    expect(asked?.headers.get('If-None-Match')).toBe('"t"');
    expect(asked?.headers.get('X-CSRF-Token')).toBe(SECRET);
    expect(asked?.body).toEqual(question('calls').queryRequest);
    // Whoever asks later has the validator, too.
    const [key = ''] = Object.keys(store.getState().api.queries).filter((each) =>
      each.startsWith('runQuery'),
    );
    expect(remembered(key)?.etag).toBe('"t"');
  });

  it('shows what the server says instead, where that is something else', async () => {
    await visited();
    server({ tag: '"u"', calls: 8 });
    const store = await visitedAgain();
    await confirmed(store);
    expect(calls(store)).toBe(8);
  });

  it.each([
    ['nothing', () => new Promise<Reply>(() => undefined)],
    ['that it cannot', (): Reply => ({ status: 503, body: {} })],
    ['that it is not allowed', (): Reply => ({ status: 403, body: {} })],
    [
      'nothing for it is cut off',
      (): Reply => {
        throw new TypeError('cut off');
      },
    ],
  ])('has all of it asked again, and says so, while the server says %s', async (_what, reply) => {
    await visited();
    serve(reply);
    const store = await visitedAgain();
    expect(calls(store)).toBe(7);
    await vi.waitFor(
      () => {
        expect(store.getState().kept.doubted).toBe(true);
      },
      { timeout: 10_000 },
    );
    expect(store.getState().kept.unconfirmed).toBe(true);
    server();
    await store.dispatch(listFreshness.initiate(undefined, { forceRefetch: true }));
    // How new the data is says nothing of the numbers that are shown: whoever asks them again says when that is done.
    expect(store.getState().kept).toEqual({ unconfirmed: true, doubted: true, told: true });
  });

  it('shows what the server confirms late, whatever else was asked meanwhile', async () => {
    await visited();
    const answered = later<Reply>();
    serve(({ path }) => (path === QUERY ? answered.promise : { status: 200, body: { items: [] } }));
    const store = await visitedAgain();
    await store.dispatch(listFreshness.initiate(undefined, { forceRefetch: true }));
    expect(store.getState().kept.unconfirmed).toBe(true);
    answered.resolve({ status: 200, body: { rows: [[3]] } });
    await confirmed(store);
    expect(calls(store)).toBe(3);
  });

  it('leaves what the page itself has asked meanwhile', async () => {
    await visited();
    const answered = later<Reply>();
    const replies = [answered.promise, { status: 200, body: { rows: [[9]] } }];
    const sent = serve(({ path }) =>
      path === QUERY ? (replies.shift() ?? { status: 500 }) : { status: 200, body: { items: [] } },
    );
    const store = await visitedAgain();
    await vi.waitFor(() => {
      expect(sent.filter(({ path }) => path === QUERY)).toHaveLength(1); // the page's own question is the later one
    }, LATE);
    await store.dispatch(runQuery.initiate(question('calls'), { forceRefetch: true }));
    expect(calls(store)).toBe(9);
    answered.resolve({ status: 200, body: { rows: [[3]] } });
    await confirmed(store);
    expect(calls(store)).toBe(9);
  });

  it('gives nothing of one person to the next', async () => {
    await visited();
    const answered = later<Reply>();
    serve(() => answered.promise);
    const store = await visitedAgain();
    store.dispatch(signedOut());
    store.dispatch(generatedApi.util.resetApiState());
    store.dispatch(signedIn(EVA));
    answered.resolve({ status: 200, body: { rows: [[3]] } });
    await nothing(store);
    expect(store.getState().kept.unconfirmed).toBe(false);
  });

  it.each([
    ['a function less', { ...ANA, functions: ANA.functions.slice(1) }],
    ['another segment', { ...ANA, segment: 'nacional' }],
  ])('shows nothing to a person who has %s than before', async (_what, user) => {
    await visited();
    server();
    openKept(Promise.resolve(SECRET));
    const store = storeOf(null);
    await restoreAnswers(store.dispatch, user);
    expect(calls(store)).toBeUndefined();
    expect(store.getState().kept.unconfirmed).toBe(false);
  });

  /** A visit whose kept answers are opened only when `open` is called: nobody is made to wait for them. */
  async function visitedLate() {
    await visited();
    serve(() => new Promise<Reply>(() => undefined));
    const { promise, resolve } = later<string>();
    openKept(promise);
    const store = storeOf(null);
    await restoreAnswers(store.dispatch, ANA);
    expect(calls(store)).toBeUndefined();
    return {
      store,
      open: () => {
        resolve(SECRET);
      },
    };
  }

  async function shown(store: Store, value: number) {
    await vi.waitFor(
      () => {
        expect(calls(store)).toBe(value);
      },
      { timeout: 10_000 },
    );
  }

  it('fills what the screen still waits for where opening takes long', async () => {
    const { store, open } = await visitedLate();
    void store.dispatch(runQuery.initiate(question('calls')));
    open();
    await shown(store, 7);
    expect(store.getState().kept.unconfirmed).toBe(true);
  });

  it('lets the answer that was asked for take its place', async () => {
    const { store, open } = await visitedLate();
    const answered = later<Reply>();
    serve(() => answered.promise);
    const request = store.dispatch(runQuery.initiate(question('calls')));
    open();
    await shown(store, 7);
    answered.resolve({ status: 200, body: { rows: [[9]] } });
    await request;
    expect(calls(store)).toBe(9);
  });

  it('puts nothing old where the server has said how new its data is', async () => {
    const { store, open } = await visitedLate();
    server();
    await store.dispatch(listFreshness.initiate());
    open();
    await nothing(store);
    expect(store.getState().kept.unconfirmed).toBe(false);
  });

  it('puts nothing where somebody else has come meanwhile', async () => {
    const { store, open } = await visitedLate();
    store.dispatch(signedOut());
    store.dispatch(generatedApi.util.resetApiState());
    store.dispatch(signedIn(EVA));
    open();
    await nothing(store);
  });

  it('puts nothing where somebody has left meanwhile', async () => {
    const { store, open } = await visitedLate();
    store.dispatch(signedOut());
    open();
    await nothing(store);
  });

  it('begins with nothing at another address', async () => {
    await visited();
    window.history.replaceState(null, '', '/servicio');
    const sent = server();
    expect(calls(await visitedAgain())).toBeUndefined();
    expect(sent).toEqual([]);
  });
});

describe('what was kept', () => {
  it.each(['csrf-of-eva', null])('is nothing to whoever has the secret %s', async (secret) => {
    await visited();
    openKept(Promise.resolve(secret));
    expect(await keptAnswers()).toBeNull();
  });

  it('is thrown away by whoever cannot read it', async () => {
    await visited();
    openKept(Promise.resolve('csrf-of-eva'));
    await keptAnswers();
    expect(shelf.sealed).toBeNull();
  });

  it('is not to be read where it lies, nor after it was changed', async () => {
    await visited();
    const data = new Uint8Array(shelf.sealed?.data ?? new ArrayBuffer());
    expect(new TextDecoder().decode(data)).not.toContain('rows');
    data[3] = ((data[3] ?? 0) + 1) % 256;
    openKept(Promise.resolve(SECRET));
    expect(await keptAnswers()).toBeNull();
  });

  it.each([signedOut, sessionEnded])('goes when nobody is in any more', async (left) => {
    const store = await visited();
    store.dispatch(left());
    expect(shelf.sealed).toBeNull();
  });

  it('is not written by a session that ends meanwhile', async () => {
    server();
    const store = storeOf(ANA);
    const sealing = vi.spyOn(webcrypto.subtle, 'encrypt');
    await visit(store);
    await vi.waitFor(
      () => {
        expect(sealing).toHaveBeenCalled();
      },
      { timeout: 3_000, interval: 1 },
    );
    store.dispatch(signedOut());
    await Promise.all(sealing.mock.results.map(({ value }) => value as Promise<unknown>));
    await new Promise((done) => setTimeout(done, 20));
    expect(shelf.sealed).toBeNull();
  });

  it('is nothing on a wall', async () => {
    window.history.replaceState(null, '', '/?kiosk=1#display=0123456789abcdef');
    takeDisplayToken(window);
    try {
      server();
      await visit(storeOf(ANA));
      await new Promise((done) => setTimeout(done, 1_500));
      expect(shelf.sealed).toBeNull();
    } finally {
      forgetDisplayToken();
    }
  });
});

it('begins with nothing where nothing was kept', async () => {
  const sent = server();
  const store = await visitedAgain();
  expect(sent).toEqual([]);
  expect(calls(store)).toBeUndefined();
  expect(store.getState().kept.unconfirmed).toBe(false);
});
