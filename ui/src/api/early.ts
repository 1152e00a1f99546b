// Answers that were asked for before the page was there. Each is taken once, by whoever asks the same.
import type { Asked } from './etags';
import type { SessionState } from './generated';
import { displayToken } from '~/session/displayToken';

const SESSION = '/api/v1/sessions/current';
/** What a screen of numbers waits for: how new the data is, and what the centre holds itself to. */
const OF_SCREENS = ['/api/v1/ivr/freshness', '/api/v1/analytics/targets'];
const SEE_NUMBERS = 'RPT-001'; // who lacks it would be refused, and the browser tells refusals as errors
const HOLDS_MS = 10_000; // a page that took longer to start asks again
const STORAGE_KEY = 'iact.sees-numbers';

interface Early {
  answer: Promise<Response | null>;
  at: number;
}

const early = new Map<string, Early>();

/** Asks who is there; tells the secret of the session of whoever may see numbers. A wall has its own token, and asks later. */
export function askEarly(): Promise<string | null> {
  if (displayToken() !== null) return Promise.resolve(null);
  const session = get(SESSION);
  keep(SESSION, session);
  return session.then(secretOfSeeing).catch(() => null);
}

/** Asks for the rest of whoever may see numbers: at once where the last visitor of this browser might. */
export function askNumbersEarly(secret: Promise<string | null>): void {
  if (displayToken() !== null) return;
  const told = secret.then((known) => known !== null);
  void told.then(rememberSeeing);
  const may = sawNumbers() ? Promise.resolve(true) : told;
  for (const path of OF_SCREENS) {
    keep(
      path,
      may.then((does) => (does ? get(path) : null)),
    );
  }
}

function sawNumbers(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== null;
  } catch {
    return false;
  }
}

function rememberSeeing(is: boolean): void {
  try {
    if (is) localStorage.setItem(STORAGE_KEY, '1');
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Without storage they are asked for a moment later.
  }
}

function urlOf(path: string): string {
  return new URL(path, window.location.origin).href;
}

function get(path: string): Promise<Response> {
  const headers = { Accept: 'application/json' };
  return fetch(new Request(urlOf(path), { credentials: 'same-origin', headers }));
}

/** The same question once more, with what is known of its answer; the secret is the CSRF token of the session. */
export function askAgain(
  { method, url, body }: Asked,
  etag: string | null,
  secret: string,
  signal: AbortSignal,
): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' });
  if (etag !== null) headers.set('If-None-Match', etag);
  if (body === undefined)
    return fetchOrTake(new Request(url, { method, credentials: 'same-origin', headers, signal }));
  headers.set('Content-Type', 'application/json');
  headers.set('X-CSRF-Token', secret);
  const sent = { method, credentials: 'same-origin', headers, body: JSON.stringify(body), signal } as const;
  return fetch(new Request(url, sent));
}

function keep(path: string, answer: Promise<Response | null>): void {
  // What failed is asked again, and told, by whoever takes it.
  const told = answer.catch(() => null);
  early.set(urlOf(path), { answer: told, at: performance.now() });
}

async function secretOfSeeing(answer: Response): Promise<string | null> {
  if (!answer.ok) return null;
  const session = (await answer.clone().json()) as Partial<SessionState>;
  const sees = !session.must_change_password && (session.functions ?? []).includes(SEE_NUMBERS);
  return sees ? (session.csrf_token ?? null) : null;
}

/** `fetch`, unless the same was asked early: then its answer. */
export const fetchOrTake: typeof fetch = async (input, init) => {
  const answer = input instanceof Request ? await take(input) : null;
  return answer ?? fetch(input, init);
};

async function take(request: Request): Promise<Response | null> {
  const found = early.get(request.url);
  if (!found || request.method !== 'GET' || request.headers.has('Authorization')) return null;
  early.delete(request.url);
  const left = HOLDS_MS - (performance.now() - found.at);
  if (left < 0) return null;
  // The signal that ends a request after its time does not reach this answer: a late one is asked again.
  const late = new Promise<null>((done) => {
    setTimeout(done, left, null);
  });
  const answer = await Promise.race([found.answer, late]);
  // That nobody is in is an answer; any other refusal belongs to whoever asks with all that the page knows.
  const nobody = answer?.status === 401 && request.url.endsWith(SESSION);
  return answer?.ok === true || nobody ? answer : null;
}
