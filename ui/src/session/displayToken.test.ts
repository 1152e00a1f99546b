import { afterEach, expect, it, vi } from 'vitest';

import { baseQuery } from '~/api/base';
import { storeOf } from '~/testing/page';

import { displayToken, forgetDisplayToken, takeDisplayToken } from './displayToken';

afterEach(() => {
  forgetDisplayToken();
  window.history.replaceState(null, '', '/');
});

const open = (address: string) => {
  window.history.replaceState(null, '', address);
  takeDisplayToken(window);
};

it('is taken from the address and leaves it at once', () => {
  open('/?kiosk=1#display=iact_dsp_abcdefgh');
  expect(displayToken()).toBe('iact_dsp_abcdefgh');
  expect(window.location.href).toMatch(/\?kiosk=1$/);
});

it('survives a reload and is not mistaken for anything else', () => {
  open('/?kiosk=1#display=iact_dsp_abcdefgh');
  open('/?kiosk=1');
  expect(displayToken()).toBe('iact_dsp_abcdefgh');
  forgetDisplayToken();
  open('/#code=AAAA-BBBB');
  expect(displayToken()).toBeNull();
});

it('is looked for at the address of a wall alone', () => {
  open('/?kiosk=1#display=iact_dsp_abcdefgh');
  open('/');
  expect(displayToken()).toBeNull();
  open('/?kiosk=1');
  expect(displayToken()).toBe('iact_dsp_abcdefgh');
});

it('reads in place of any session, and its end asks nobody for a password', async () => {
  const sent: Request[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    sent.push(request);
    return Promise.resolve(new Response('{}', { status: 401 }));
  });
  open('/?kiosk=1#display=iact_dsp_abcdefgh');
  const store = storeOf(null);
  const api = { signal: new AbortController().signal, getState: () => store.getState() };
  const answer = await baseQuery({ url: '/api/v1/ivr/freshness' }, api as never, {});
  expect(sent[0]?.headers.get('Authorization')).toBe('Bearer iact_dsp_abcdefgh');
  expect(sent[0]?.credentials).toBe('omit');
  expect(answer).toMatchObject({ error: { status: 401 } });
});
