import { beforeEach, expect, it, vi } from 'vitest';

import { ANA, LATE, type Reply, serve } from '~/testing/page';

import { askEarly, askNumbersEarly, fetchOrTake } from './early';

const SESSION = '/api/v1/sessions/current';
const FRESHNESS = '/api/v1/ivr/freshness';
const TARGETS = '/api/v1/analytics/targets';

const ask = (path: string, headers?: Record<string, string>) =>
  fetchOrTake(new Request(new URL(path, window.location.origin), headers ? { headers } : {}));
const begin = () => {
  askNumbersEarly(askEarly());
};
const paths = (sent: { path: string }[]) => sent.map(({ path }) => path);
const session = (change: object) => (): Reply => ({ status: 200, body: { ...ANA, ...change } });

beforeEach(() => {
  localStorage.clear();
});

it('asks who is there and then what a screen waits for, and each answer is taken once', async () => {
  const sent = serve(session({}));
  begin();
  await vi.waitFor(() => {
    expect(paths(sent)).toEqual([SESSION, FRESHNESS, TARGETS]);
  }, LATE);
  expect(((await (await ask(SESSION)).json()) as typeof ANA).user.username).toBe('ana');
  await ask(FRESHNESS);
  await ask(TARGETS);
  expect(sent).toHaveLength(3);
  await ask(FRESHNESS);
  expect(sent).toHaveLength(4);
});

it.each([{ functions: ['PIP-001'] }, { must_change_password: true }])(
  'asks nothing that would be refused: %o',
  async (change) => {
    const sent = serve(session(change));
    begin();
    await ask(SESSION);
    await ask(FRESHNESS);
    expect(paths(sent)).toEqual([SESSION, FRESHNESS]);
  },
);

it('asks for all at once where the last visitor saw numbers', async () => {
  serve(session({}));
  begin();
  await vi.waitFor(() => {
    expect(localStorage).toHaveLength(1);
  }, LATE);
  const sent = serve(() => new Promise(() => undefined));
  begin();
  await vi.waitFor(() => {
    expect(paths(sent)).toEqual([SESSION, FRESHNESS, TARGETS]);
  }, LATE);
});

it('believes a refusal only about the session, and asks again after a failure', async () => {
  const sent = serve(() => ({ status: 401, body: {} }));
  begin();
  expect((await ask(SESSION)).status).toBe(401);
  expect(paths(sent)).toEqual([SESSION]);

  const broken = serve(() => {
    throw new TypeError('offline');
  });
  begin();
  await expect(ask(SESSION)).rejects.toThrow('offline');
  expect(broken).toHaveLength(2);
});

it('keeps nothing for long, and nothing for a wall', async () => {
  const sent = serve(session({}));
  begin();
  await ask(SESSION, { Authorization: 'Bearer wall' });
  expect(paths(sent).filter((path) => path === SESSION)).toHaveLength(2);
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
  await ask(SESSION);
  expect(paths(sent).filter((path) => path === SESSION)).toHaveLength(3);
  vi.restoreAllMocks();
});

it('asks again when the early answer does not come', async () => {
  vi.useFakeTimers();
  try {
    serve(() => new Promise(() => undefined));
    begin();
    const sent = serve(session({}));
    const asked = ask(SESSION);
    await vi.advanceTimersByTimeAsync(10_001);
    expect((await asked).status).toBe(200);
    expect(paths(sent)).toEqual([SESSION]);
  } finally {
    vi.useRealTimers();
  }
});
