// What an outage took from the screen comes back by itself: of each kind of question that failed for want of a server
// one is asked again after a while, and when that is answered, the others of its kind.
import { type FetchBaseQueryError, QueryStatus } from '@reduxjs/toolkit/query';

import type { AppDispatch, State, Store } from '~/app/store';

import { unattended } from './activity';
import { baseApi } from './base';
import { type Problem, problemOf } from './problems';

const FIRST_MS = 2_000; // a service restarts in a few seconds
const LONGEST_MS = 60_000;
const SPREAD = 0.25; // many pages see the same outage; they do not come back in the same instant
const NO_SERVER = [502, 503, 504];

/** Whether nobody was there to answer, as opposed to an answer that says no. */
export function isOutage({ kind, status }: Pick<Problem, 'kind' | 'status'>): boolean {
  return kind !== 'http' || NO_SERVER.includes(status ?? 0);
}

interface Failed {
  key: string;
  endpoint: string;
  args: unknown;
  askedAt: number;
  retryAfterS: number;
}

interface Answer {
  error?: FetchBaseQueryError;
}
type Endpoints = Record<
  string,
  { initiate: (args: unknown, options: object) => (dispatch: AppDispatch) => Promise<Answer> }
>;

/** The questions of what is on screen that an outage left without an answer, the longest unasked first. */
function failedIn({ api }: State): Failed[] {
  return Object.entries(api.queries)
    .flatMap(([key, query]) => {
      if (query?.status !== QueryStatus.rejected || !query.endpointName) return [];
      if (Object.keys(api.subscriptions[key] ?? {}).length === 0) return [];
      const problem = problemOf(query.error);
      if (!isOutage(problem)) return [];
      const { endpointName: endpoint, originalArgs: args, startedTimeStamp: askedAt } = query;
      return [{ key, endpoint, args, askedAt, retryAfterS: problem.retryAfterS ?? 0 }];
    })
    .sort((one, other) => one.askedAt - other.askedAt);
}

/** Whether there is a server again for this question. */
async function ask(dispatch: AppDispatch, { endpoint, args }: Failed): Promise<boolean> {
  const asked = (baseApi.endpoints as Endpoints)[endpoint];
  if (!asked) return false;
  const { error } = await dispatch(asked.initiate(args, { forceRefetch: true, subscribe: false }));
  return !error || !isOutage(problemOf(error));
}

async function askUnattended(dispatch: AppDispatch, failed: Failed): Promise<boolean> {
  unattended.add(failed.key);
  try {
    return await ask(dispatch, failed);
  } finally {
    unattended.delete(failed.key);
  }
}

/** Somebody pressed "again" at one of them and means all. */
export function askAgain() {
  return (dispatch: AppDispatch, getState: () => State): void => {
    for (const failed of failedIn(getState())) void ask(dispatch, failed);
  };
}

async function askOneOfEach(store: Store): Promise<void> {
  const { dispatch } = store;
  const oldest = new Map<string, Failed>();
  for (const failed of failedIn(store.getState()))
    if (!oldest.has(failed.endpoint)) oldest.set(failed.endpoint, failed);
  await Promise.all(
    [...oldest.values()].map(async (first) => {
      if (!(await askUnattended(dispatch, first))) return;
      const rest = failedIn(store.getState()).filter(({ endpoint }) => endpoint === first.endpoint);
      await Promise.all(rest.map((failed) => askUnattended(dispatch, failed)));
    }),
  );
}

function waitMs(rounds: number, failed: Failed[]): number {
  const told = Math.max(...failed.map(({ retryAfterS }) => retryAfterS)) * 1_000;
  const own = Math.min(LONGEST_MS, FIRST_MS * 2 ** rounds);
  return Math.max(own, told) * (1 + SPREAD * Math.random());
}

/** Watches for what failed as long as the page is looked at; gives back what ends that. */
export function watchOutages(store: Store): () => void {
  let rounds = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let seen: unknown;

  const plan = (): void => {
    if (timer !== undefined || asking || document.hidden) return;
    const state = store.getState();
    const failed = state.session.status === 'in' ? failedIn(state) : [];
    if (failed.length === 0) rounds = 0;
    else timer = setTimeout(() => void round(), waitMs(rounds, failed));
  };
  const round = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (asking || document.hidden) return;
    asking = true;
    rounds += 1;
    await askOneOfEach(store).finally(() => {
      asking = false;
    });
    plan();
  };
  const changed = (): void => {
    const { api } = store.getState();
    // Who waits for an answer is told half a second after the questions themselves.
    if (api === seen) return;
    seen = api;
    plan();
  };
  // Whoever comes back to the page, or whose network does, does not wait.
  const back = (): void => {
    if (store.getState().session.status === 'in') void round();
  };
  const ends = [
    store.subscribe(changed),
    on(document, 'visibilitychange', back),
    on(window, 'online', back),
    () => {
      clearTimeout(timer);
    },
  ];
  return () => {
    for (const end of ends) end();
  };
}

function on(target: EventTarget, event: string, listener: () => void): () => void {
  target.addEventListener(event, listener);
  return () => {
    target.removeEventListener(event, listener);
  };
}
