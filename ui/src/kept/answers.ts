// The answers that the next visit of the same session begins with: the numbers that are on the screen, and nothing
// about a caller, a person or a message.
import { remember, remembered } from '~/api/etags';
import { generatedApi } from '~/api/generated';
import type { AppDispatch, State, Store } from '~/app/store';
import { displayToken } from '~/session/displayToken';
import type { SignedIn } from '~/session/sessionSlice';

import { answersConfirmed, answersDoubted, answersRestored } from './keptSlice';
import {
  address,
  after,
  type Confirmed,
  forgetKept,
  keep,
  type KeptAnswer,
  keptAnswers,
  type Opened,
} from './visit';

const { listFreshness, readTargets, listRuns, runQuery } = generatedApi.endpoints;
export const KEPT_ENDPOINTS: string[] = [listFreshness, readTargets, listRuns, runQuery].map(
  ({ name }) => name,
);

export const ANSWERS_MAX = 32; // more is no screen
export const CHARS_MAX = 1_000_000;
const OPEN_MS = 450; // nobody waits longer than that for what was kept: the screen begins with a skeleton
const DRAWING_MS = 50; // the drawing of the screen begins before: a dozen questions take some 15 ms of its way
const CONFIRM_MS = 2_000; // longer than that the page asks again, with all that it knows of slow and failing servers
const LATE = 'late' as const;
const SETTLED_MS = 200; // the answers of one screen come together

type Api = State['api'];
type Allowed = Pick<SignedIn, 'functions' | 'segment'>;
const NOBODY: Allowed = { functions: [], segment: null };

function allowed({ functions, segment }: Allowed): string {
  return JSON.stringify([segment, [...functions].sort()]);
}

/** What is on the screen now, as far as it may be kept; null where that is more than is kept. */
export function keepable({
  queries,
  subscriptions,
}: Pick<Api, 'queries' | 'subscriptions'>): KeptAnswer[] | null {
  const answers = Object.entries(queries).flatMap(([key, entry]) => {
    const known = remembered(key);
    const endpointName = entry?.endpointName;
    if (!endpointName || !known || !KEPT_ENDPOINTS.includes(endpointName)) return [];
    const shown = Object.keys(subscriptions[key] ?? {}).length > 0;
    // A file is no object, and what was never answered is none either.
    if (!shown || typeof entry.data !== 'object') return [];
    const { originalArgs: arg, data: value } = entry;
    return [{ key, endpointName, arg, value, etag: known.etag, asked: known.asked }];
  });
  const fits = answers.length <= ANSWERS_MAX && JSON.stringify(answers).length <= CHARS_MAX;
  return fits ? answers : null;
}

function same(some: KeptAnswer[], others: KeptAnswer[]): boolean {
  return some.length === others.length && some.every(({ value }, at) => value === others[at]?.value);
}

/** Keeps what the person of this session sees, and forgets it as soon as nobody is in. */
export function keepAnswers(store: Store): void {
  let { status } = store.getState().session;
  let seen: Pick<Api, 'queries' | 'subscriptions'> = { queries: {}, subscriptions: {} };
  let written: KeptAnswer[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = () => {
    const { session, api } = store.getState();
    const secret = session.csrfToken;
    const answers = keepable(api);
    if (session.status !== 'in' || secret === null || !answers?.length || same(answers, written)) return;
    written = answers;
    const still = () => {
      const { session: now } = store.getState();
      return now.status === 'in' && now.csrfToken === secret;
    };
    const kept = { address: address(), allowed: allowed(session.user ?? NOBODY), answers };
    void keep(kept, secret, still);
  };
  store.subscribe(() => {
    const { session, api } = store.getState();
    if (session.status !== status) {
      status = session.status;
      written = [];
      clearTimeout(timer);
      if (status === 'out' || status === 'ended') forgetKept();
    }
    const { queries, subscriptions } = api;
    const moved = queries !== seen.queries || subscriptions !== seen.subscriptions;
    // A wall is nobody's.
    if (!moved || status !== 'in' || displayToken() !== null) return;
    seen = { queries, subscriptions };
    clearTimeout(timer);
    timer = setTimeout(save, SETTLED_MS);
  });
}

/**
 * Puts what was kept where it would be had it been asked for now, told apart until the server has confirmed all of it.
 * What is opened late fills what the screen still waits for.
 */
export async function restoreAnswers(dispatch: AppDispatch, user: Allowed): Promise<void> {
  const opening = keptAnswers();
  const here = address();
  const soon = await Promise.race([opening, after(OPEN_MS, LATE)]);
  if (soon !== LATE) dispatch(restored(soon, user));
  else {
    void opening.then((opened) => {
      dispatch(restoredLate(opened, user, here));
    });
  }
}

type Thunk = (dispatch: AppDispatch, getState: () => State) => void;

function restored(opened: Opened | null, user: Allowed): Thunk {
  return (dispatch, getState) => {
    const answers =
      opened?.allowed === allowed(user)
        ? opened.answers.filter(({ endpointName }) => KEPT_ENDPOINTS.includes(endpointName))
        : [];
    if (opened === null || answers.length === 0) {
      opened?.giveUp();
      return;
    }
    dispatch(put(answers));
    dispatch(answersRestored());
    const { queries } = getState().api;
    const shown = new Map(answers.map(({ key }) => [key, queries[key]?.fulfilledTimeStamp]));
    const asked = after(DRAWING_MS, null).then(() => opened.confirmations(answers));
    void Promise.race([asked, after(CONFIRM_MS, LATE)]).then((said) => {
      if (said !== LATE) dispatch(confirmed(shown, said));
      else {
        opened.giveUp();
        dispatch(answersDoubted());
      }
    });
  };
}

/** Once the server has said how new the data is, nothing older takes the place of what is on its way. */
function restoredLate(opened: Opened | null, user: Allowed, there: string): Thunk {
  return (dispatch, getState) => {
    const { session, api, kept } = getState();
    const left = session.status === 'out' || session.status === 'ended' || address() !== there;
    if (opened === null || left || kept.told) {
      opened?.giveUp();
      return;
    }
    const answers = opened.answers.filter(({ key }) => api.queries[key]?.data === undefined);
    dispatch(restored({ ...opened, answers }, user));
  };
}

/** What the server said of what is shown: as it is, something newer, or nothing, and then it is asked again. */
function confirmed(shown: Map<string, number | undefined>, said: (Confirmed | null)[]): Thunk {
  return (dispatch, getState) => {
    const { session, kept, api } = getState();
    if (session.status === 'out' || session.status === 'ended' || !kept.unconfirmed) return;
    // What the page itself has asked in the meantime is newer.
    const stillShown = ({ key }: KeptAnswer) =>
      shown.has(key) && api.queries[key]?.fulfilledTimeStamp === shown.get(key);
    dispatch(put(said.flatMap((each) => (each?.isNew && stillShown(each.answer) ? [each.answer] : []))));
    dispatch(said.includes(null) ? answersDoubted() : answersConfirmed());
  };
}

function put(answers: KeptAnswer[]): Thunk {
  return (dispatch) => {
    if (answers.length === 0) return;
    for (const { key, etag, value, asked } of answers) remember(key, { etag, body: value, asked });
    dispatch(
      generatedApi.util.upsertQueryEntries(
        answers.map(({ endpointName, arg, value }) => ({ endpointName, arg, value })) as never,
      ),
    );
  };
}
