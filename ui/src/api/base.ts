// One door to the interface: adds the CSRF token to writes, tells polls from people, revalidates by ETag, and
// when the session has ended waits for the password and asks again, so that nothing on screen is lost.
import {
  type BaseQueryApi,
  type BaseQueryFn,
  createApi,
  type FetchArgs,
  fetchBaseQuery,
  type FetchBaseQueryError,
  type FetchBaseQueryMeta,
} from '@reduxjs/toolkit/query/react';

import { displayToken } from '~/session/displayToken';
import { sessionEnded, type SessionState } from '~/session/sessionSlice';

import { isBackground, unattended } from './activity';
import { fetchOrTake } from './early';
import { remember, remembered } from './etags';
import { waitForSession } from './relogin';

const REQUEST_TIMEOUT_MS = 30_000; // the server gives up on a query before that
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
// A 401 from these is an answer about the password, not the end of a session.
const ABOUT_PASSWORDS = new Set([
  'POST /api/v1/sessions',
  'POST /api/v1/sessions/redeem',
  'POST /api/v1/sessions/current/reauthentication',
  'GET /api/v1/sessions/current',
  'PUT /api/v1/users/me/password',
]);

type Headed = Record<string, string | null | undefined>;
type Request = Omit<FetchArgs, 'headers'> & { headers?: Headed };
type Args = string | Request;

const send = fetchBaseQuery({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  fetchFn: fetchOrTake,
  timeout: REQUEST_TIMEOUT_MS,
  responseHandler: 'content-type',
  // The library's own check misses application/problem+json.
  isJsonContentType: (headers) => /[/+]json\b/.test(headers.get('Content-Type') ?? ''),
  // Lists are repeated keys, as FastAPI reads them, not joined with commas.
  paramsSerializer: (params) => {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(params)) {
      for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (item !== undefined && item !== null)
          search.append(key, String(item as string | number | boolean));
      }
    }
    return search.toString();
  },
});

export const baseQuery: BaseQueryFn<Args, unknown, FetchBaseQueryError> = async (args, api, extra) => {
  const request: Request = typeof args === 'string' ? { url: args } : args;
  const answer = await ask(request, api, extra);
  if (answer.error?.status !== 401 || ABOUT_PASSWORDS.has(`${methodOf(request)} ${request.url}`))
    return answer;
  // Nobody stands at a wall to type a password.
  if (displayToken() !== null) return answer;

  const { session } = api.getState() as { session: SessionState };
  if (session.status !== 'in' && session.status !== 'ended') return answer;
  api.dispatch(sessionEnded());
  return (await waitForSession(api.signal)) ? ask(request, api, extra) : answer;
};

function methodOf(request: Request): string {
  return (request.method ?? 'GET').toUpperCase();
}

async function ask(request: Request, api: BaseQueryApi, extra: object) {
  const headers = headersFor(request, api);
  // Of what is written there is nothing to compare with.
  const key = api.queryCacheKey;
  const known = remembered(key);
  if (known?.etag) headers.set('If-None-Match', known.etag);

  // A wall reads by its own token, whoever else is signed in through this browser.
  const credentials = displayToken() === null ? 'same-origin' : 'omit';
  const answer = await send({ ...request, credentials, headers }, api, extra);
  if (answer.error)
    return known?.etag && answer.error.status === 304 ? { data: known.body } : withHeaders(answer);
  if (key !== undefined && answer.meta) keepValidator(key, answer.data, request.body, answer.meta);
  return answer;
}

function keepValidator(
  key: string,
  data: unknown,
  body: unknown,
  { request: { method, url }, response }: FetchBaseQueryMeta,
): void {
  remember(key, { etag: response?.headers.get('ETag') ?? null, body: data, asked: { method, url, body } });
}

function headersFor(request: Request, { getState, queryCacheKey = '' }: BaseQueryApi): Headers {
  const { session } = getState() as { session: SessionState };
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers ?? {})) if (value) headers.set(name, value);
  if (!SAFE_METHODS.has(methodOf(request)) && session.csrfToken)
    headers.set('X-CSRF-Token', session.csrfToken);
  const display = displayToken();
  if (display !== null) headers.set('Authorization', `Bearer ${display}`);
  if (isBackground() || unattended.has(queryCacheKey)) headers.set('X-Background', '1');
  return headers;
}

/** What a person is told on failure stands partly in headers: when to come back, and what to quote. */
function withHeaders<
  T extends { error?: FetchBaseQueryError | undefined; meta?: { response?: Response } | undefined },
>(answer: T): T {
  const { error, meta } = answer;
  const headers = meta?.response?.headers;
  if (!error || !headers || typeof error.status !== 'number') return answer;
  const known = typeof error.data === 'object' ? error.data : {};
  const told = {
    request_id: headers.get('X-Request-Id'),
    retry_after_s: retryAfter(headers.get('Retry-After')),
  };
  return { ...answer, error: { status: error.status, data: { ...told, ...known } } };
}

function retryAfter(header: string | null): number | null {
  const seconds = Number(header);
  return header && Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
}

export const baseApi = createApi({
  reducerPath: 'api',
  baseQuery,
  // A minute's return to a screen costs nothing; freshness polling decides what is out of date.
  keepUnusedDataFor: 120,
  endpoints: () => ({}),
});
