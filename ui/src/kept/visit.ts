// What the last visit left, read while the page is still on its way: part of the start, so that it costs no time. What
// was on the screen is asked again at once, by its validators; mostly the server has said that nothing has changed
// before there is a page to show it.
import { askAgain } from '~/api/early';
import type { Asked } from '~/api/etags';

import { seal, unseal } from './seal';
import { emptied, put, type Sealed, taken } from './shelf';

/** One answer of the last visit. */
export interface KeptAnswer {
  endpointName: string;
  arg: unknown;
  value: unknown;
  /** Of the cache and of the validators alike. */
  key: string;
  etag: string | null;
  asked: Asked;
}

export interface Kept {
  /** Where the answers were on the screen; elsewhere others are needed. */
  address: string;
  /** What the person was allowed then; who is allowed something else sees something else. */
  allowed: string;
  answers: KeptAnswer[];
}

/** An answer as the server gives it now. */
export interface Confirmed {
  answer: KeptAnswer;
  isNew: boolean;
}

/** What was kept, and, once asked, what the server says of each of it: null where it refuses, or says nothing of use. */
export interface Opened {
  allowed: string;
  answers: KeptAnswer[];
  confirmations: (some: KeptAnswer[]) => Promise<(Confirmed | null)[]>;
  /** Nobody waits for the confirmations any more. */
  giveUp: () => void;
}

const RELEASE = import.meta.url; // its name has a digest of everything that it fetches

let found: Promise<Opened | null> = Promise.resolve(null);

export function address(): string {
  return window.location.pathname + window.location.search;
}

/** Opens what was kept, as soon as it is known with which secret: null where there is nobody to read it. */
export function openKept(secret: Promise<string | null>): void {
  const sealed = taken();
  const here = address();
  found = Promise.all([sealed, secret])
    .then(async ([text, key]) => {
      const kept = text === null || key === null ? null : await readable(text, key);
      if (key === null || kept?.address !== here) return null;
      const { allowed, answers } = kept;
      const asking = new AbortController();
      const confirmations = (some: KeptAnswer[]) =>
        Promise.all(some.map((answer) => confirmed(answer, key, asking.signal)));
      const giveUp = () => {
        asking.abort();
      };
      return { allowed, answers, confirmations, giveUp };
    })
    .catch(() => null);
}

async function readable(sealed: Sealed, secret: string): Promise<Kept | null> {
  const text = await unseal(secret, RELEASE, sealed);
  if (text !== null) return JSON.parse(text) as Kept;
  // Of another session, person or release: nobody will ever read it.
  await emptied();
  return null;
}

async function confirmed(answer: KeptAnswer, secret: string, signal: AbortSignal): Promise<Confirmed | null> {
  try {
    const response = await askAgain(answer.asked, answer.etag, secret, signal);
    if (response.status === 304) return { answer, isNew: false };
    if (!response.ok) return null;
    const value: unknown = await response.json();
    return { answer: { ...answer, value, etag: response.headers.get('ETag') }, isNew: true };
  } catch {
    return null;
  }
}

/** Once: what was kept. */
export async function keptAnswers(): Promise<Opened | null> {
  const opening = found;
  found = Promise.resolve(null);
  return opening;
}

export function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((done) => {
    setTimeout(done, ms, value);
  });
}

/** `still` is asked when all is ready: somebody may have left meanwhile. */
export async function keep(kept: Kept, secret: string, still: () => boolean): Promise<void> {
  try {
    const sealed = await seal(secret, RELEASE, JSON.stringify(kept));
    if (still()) await put(sealed);
  } catch {
    // Without a secure context nothing can be sealed, and nothing is kept.
  }
}

export function forgetKept(): void {
  void emptied();
}
