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
  answers: KeptAnswer[];
}

export interface FoundAnswer extends KeptAnswer {
  /** The server has said in this visit that it is so. */
  confirmed: boolean;
}

const CONFIRM_MS = 150; // longer than that the page shows what it has, and says of when it is
const RELEASE = import.meta.url; // its name has a digest of everything that it fetches

interface Checked {
  answer: KeptAnswer;
  now: Promise<FoundAnswer | null>;
}

let found: Promise<Checked[]> = Promise.resolve([]);

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
      if (key === null || kept?.address !== here) return [];
      return kept.answers.map((answer) => ({ answer, now: confirmed(answer, key) }));
    })
    .catch(() => []);
}

async function readable(sealed: Sealed, secret: string): Promise<Kept | null> {
  const text = await unseal(secret, RELEASE, sealed);
  if (text !== null) return JSON.parse(text) as Kept;
  // Of another session, person or release: nobody will ever read it.
  await emptied();
  return null;
}

/** The answer as the server gives it now; null where it refuses, unconfirmed where it says nothing of use. */
async function confirmed(answer: KeptAnswer, secret: string): Promise<FoundAnswer | null> {
  try {
    const response = await askAgain(answer.asked, answer.etag, secret);
    if (response.status === 304) return { ...answer, confirmed: true };
    if (response.ok) {
      const value: unknown = await response.json();
      return { ...answer, value, etag: response.headers.get('ETag'), confirmed: true };
    }
    if (response.status < 500 && response.status !== 429) return null;
  } catch {
    // Cut off, or late: what is known is shown as what it is.
  }
  return { ...answer, confirmed: false };
}

/** Once: what was kept, each answer as the server confirms it, or as it is where that takes too long. */
export async function keptAnswers(): Promise<FoundAnswer[]> {
  const opening = found;
  found = Promise.resolve([]);
  const checked = await opening;
  if (checked.length === 0) return [];
  const enough = after(CONFIRM_MS, 'late' as const);
  const answers = await Promise.all(
    checked.map(async ({ answer, now }) => {
      const told = await Promise.race([now, enough]);
      return told === 'late' ? { ...answer, confirmed: false } : told;
    }),
  );
  return answers.filter((answer) => answer !== null);
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
