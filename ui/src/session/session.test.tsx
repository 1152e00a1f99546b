import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import { ANA, type Reply, serve, show, storeOf } from '~/testing/page';

import ChangePasswordPage from './ChangePasswordPage';
import { isReady, passwordFaults } from './newPassword';
import { forgetCode, watchOneTimeCode } from './oneTimeCode';
import { isLanguage, storedLanguage } from './language';
import ReloginDialog from './ReloginDialog';
import { mayDo, sessionEnded, signedOut } from './sessionSlice';
import SignInPage from './SignInPage';
import { colorScheme } from './usePreferences';

const LONG = 'nueve tazas verdes';
const refusal = (status: number, rest: Partial<Reply> = {}): Reply => ({
  status,
  body: { status, title: 'Unauthorized', detail: 'secret reason', request_id: 'r-9' },
  ...rest,
});

async function signInWith(reply: Reply) {
  const sent = serve(() => reply);
  const { store } = show(<SignInPage />, { store: storeOf(null) });
  const user = userEvent.setup();
  await user.type(screen.getByLabelText('Usuario'), ' Ana ');
  await user.type(screen.getByLabelText('Contraseña'), LONG);
  await user.click(screen.getByRole('button', { name: 'Entrar' }));
  return { sent, store };
}

describe('signing in', () => {
  it('sends what was typed and keeps the session in memory', async () => {
    const { sent, store } = await signInWith({ status: 201, body: ANA });
    await waitFor(() => {
      expect(store.getState().session.status).toBe('in');
    });
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/sessions',
      body: { username: 'Ana', password: LONG },
    });
    expect(Object.values(localStorage).join()).not.toContain('csrf');
  });

  it('says the same whatever was wrong, and not the reason', async () => {
    await signInWith(refusal(401));
    await within(screen.getByRole('alert')).findByText('El usuario o la contraseña no son correctos.');
    expect(screen.queryByText(/secret reason/)).toBeNull();
    expect(screen.getByLabelText<HTMLInputElement>('Contraseña').value).toBe('');
  });

  it('counts down after too many attempts', async () => {
    await signInWith(refusal(429, { headers: { 'Retry-After': '75' } }));
    expect(await screen.findByText(/Podrá volver a intentarlo en 1 min 1[45] s/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Entrar' }).disabled).toBe(true);
  });

  it('lets password managers do their work', () => {
    show(<SignInPage />, { store: storeOf(null) });
    expect(screen.getByLabelText('Usuario').getAttribute('autocomplete')).toBe('username');
    expect(screen.getByLabelText('Contraseña').getAttribute('autocomplete')).toBe('current-password');
  });
});

describe('a one-time link', () => {
  beforeEach(() => {
    forgetCode();
    window.history.replaceState(null, '', '/sign-in#code=ABCD-1234');
    watchOneTimeCode(window);
  });

  it('leaves the address bar at once', () => {
    expect(window.location.href).not.toContain('ABCD');
  });

  it('is redeemed with a new password typed twice', async () => {
    const sent = serve(() => ({ status: 201, body: ANA }));
    const { store } = show(<SignInPage />, { store: storeOf(null) });
    const user = userEvent.setup();
    const submit = screen.getByRole<HTMLButtonElement>('button', { name: 'Guardar y entrar' });
    await user.type(screen.getByLabelText('Contraseña nueva'), 'corta');
    expect(screen.getByText('Faltan 7 caracteres.')).toBeTruthy();
    expect(submit.disabled).toBe(true);
    await user.clear(screen.getByLabelText('Contraseña nueva'));
    await user.type(screen.getByLabelText('Contraseña nueva'), LONG);
    await user.type(screen.getByLabelText('Otra vez'), `${LONG}x`);
    expect(screen.getByText('Las dos no son iguales.')).toBeTruthy();
    await user.type(screen.getByLabelText('Otra vez'), '{Backspace}');
    await user.click(submit);
    await waitFor(() => {
      expect(store.getState().session.status).toBe('in');
    });
    expect(sent[0]?.body).toEqual({ code: 'ABCD-1234', new_password: LONG });
    expect(screen.getByLabelText('Usuario')).toBeTruthy(); // the link is used up
  });

  it('that is spent says where a new one comes from', async () => {
    serve(() => refusal(401));
    show(<SignInPage />, { store: storeOf(null) });
    const user = userEvent.setup();
    await user.type(screen.getByLabelText('Contraseña nueva'), LONG);
    await user.type(screen.getByLabelText('Otra vez'), `${LONG}{Enter}`);
    expect(await within(screen.getByRole('alert')).findByText(/ya se usó o caducó/)).toBeTruthy();
  });

  it('shows why the server refuses a password', async () => {
    const detail = 'This password is among the first that an attacker tries.';
    const errors = [{ param: 'new_password', detail }];
    serve(() => refusal(422, { body: { status: 422, errors } }));
    show(<SignInPage />, { store: storeOf(null) });
    const user = userEvent.setup();
    await user.type(screen.getByLabelText('Contraseña nueva'), LONG);
    await user.type(screen.getByLabelText('Otra vez'), `${LONG}{Enter}`);
    expect(await screen.findByText(/es de las primeras que se prueban/)).toBeTruthy();
    expect(screen.queryByText(/ya se usó o caducó/)).toBeNull();
  });
});

describe('a session that ended', () => {
  it('asks for the password of the same person and keeps everything else', async () => {
    const sent = serve(() => ({ status: 201, body: { ...ANA, csrf_token: 'newer' } }));
    const store = storeOf(ANA);
    store.dispatch(sessionEnded());
    show(<ReloginDialog />, { store });
    const user = userEvent.setup();
    await user.type(await screen.findByLabelText('Contraseña'), `${LONG}{Enter}`);
    await waitFor(() => {
      expect(store.getState().session).toMatchObject({ status: 'in', csrfToken: 'newer' });
    });
    expect(sent[0]?.body).toEqual({ username: 'ana', password: LONG });
  });
});

describe('a forced change', () => {
  it('opens the rest once the password is new', async () => {
    const sent = serve(() => ({ status: 200, body: ANA }));
    const store = storeOf({ ...ANA, must_change_password: true });
    show(<ChangePasswordPage />, { store });
    const user = userEvent.setup();
    await user.type(screen.getByLabelText('Contraseña actual'), 'the one I was given');
    await user.type(screen.getByLabelText('Contraseña nueva'), LONG);
    await user.type(screen.getByLabelText('Otra vez'), `${LONG}{Enter}`);
    await waitFor(() => {
      expect(store.getState().session.mustChangePassword).toBe(false);
    });
    expect(sent[0]).toMatchObject({
      method: 'PUT',
      body: { current_password: 'the one I was given', new_password: LONG },
    });
    expect(sent[0]?.headers.get('X-CSRF-Token')).toBe('csrf-of-ana');
  });
});

describe('small decisions', () => {
  it('passwords: by length alone, counted in characters', () => {
    expect(passwordFaults('x'.repeat(11), '')).toEqual(['short']);
    expect(passwordFaults('\u{1F600}'.repeat(12), '')).toEqual([]);
    expect(passwordFaults('x'.repeat(129), 'y')).toEqual(['long', 'differ']);
    expect(isReady(LONG, LONG)).toBe(true);
    expect(isReady(LONG, '')).toBe(false);
  });

  it('functions: what is not held may not be done', () => {
    const store = storeOf(ANA);
    expect(mayDo(store.getState(), 'RPT-001')).toBe(true);
    expect(mayDo(store.getState(), 'AUD-001')).toBe(false);
    store.dispatch(signedOut());
    expect(mayDo(store.getState(), 'RPT-001')).toBe(false);
  });

  it('language: what was chosen, else what the browser speaks, else Spanish', () => {
    localStorage.setItem('iact.language', 'en');
    expect(storedLanguage()).toBe('en');
    localStorage.setItem('iact.language', 'tlh');
    expect(isLanguage(storedLanguage())).toBe(true);
  });

  it('scheme: the account says system, the kit says auto', () => {
    expect([colorScheme('dark'), colorScheme('system'), colorScheme(undefined)]).toEqual([
      'dark',
      'auto',
      'auto',
    ]);
  });
});
