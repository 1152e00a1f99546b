// A piece of the page with everything around it, and a server that answers what a test says.
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Provider } from 'react-redux';
import { MemoryRouter } from 'react-router';
import { vi } from 'vitest';

import type { SessionState } from '~/api/generated';
import { createStore, type Store } from '~/app/store';
import { languageOfAccount } from '~/session/preferencesSlice';
import { signedIn } from '~/session/sessionSlice';
import { fromAnswer } from '~/session/start';

/** For what `vi.waitFor` waits for, whose own limit is a second; what Testing Library waits for is set up alike. */
export const LATE = { timeout: 15_000 };

export const ANA: SessionState = {
  user: {
    id: '7',
    username: 'ana',
    display_name: 'Ana López',
    preferences: { language: 'es', zone: 'America/Mexico_City', theme: 'system' },
  },
  functions: ['RPT-001', 'RPT-003', 'RPT-004', 'PIP-001'],
  segment: null,
  csrf_token: 'csrf-of-ana',
  expires_at: '2026-01-01T12:00:00Z',
  idle_expires_at: '2026-01-01T00:15:00Z',
  must_change_password: false,
};

export interface Sent {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Every request of the page ends here; `reply` sees it and says what the server would. */
export function serve(reply: (sent: Sent) => Reply | Promise<Reply>): Sent[] {
  const requests: Sent[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const sent: Sent = {
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    requests.push(sent);
    const { status, body, headers } = await reply(sent);
    const json = status >= 400 ? 'application/problem+json' : 'application/json';
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { 'Content-Type': json, ...headers },
    });
  });
  return requests;
}

export function storeOf(session: SessionState | null): Store {
  const store = createStore();
  store.dispatch(languageOfAccount('es'));
  if (session) store.dispatch(signedIn(fromAnswer(session)));
  return store;
}

export function show(
  piece: ReactNode,
  { store = storeOf(ANA), path = '/' }: { store?: Store; path?: string } = {},
) {
  const shown = render(
    <Provider store={store}>
      <I18nProvider i18n={i18n}>
        <MantineProvider env="test">
          <MemoryRouter initialEntries={[path]}>{piece}</MemoryRouter>
        </MantineProvider>
      </I18nProvider>
    </Provider>,
  );
  return { ...shown, store };
}
