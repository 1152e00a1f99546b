import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import type { Session, Token } from '~/api/generated';
import SystemPage from '~/system/SystemPage';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

import AccountSheet from './AccountSheet';

const HERE: Session = {
  id: '3',
  user_id: '7',
  username: 'ana',
  created_at: '2026-01-01T08:00:00Z',
  last_seen_at: '2026-01-01T09:00:00Z',
  expires_at: '2026-01-01T20:00:00Z',
  idle_expires_at: '2026-01-01T09:15:00Z',
  client_address: '127.0.0.1',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  current: true,
};
const THERE: Session = { ...HERE, id: '2', user_agent: 'python-httpx/0.28.1', current: false };
const GONE: Session = { ...THERE, id: '1', user_agent: '' };
const WALL: Token = {
  id: '5',
  name: 'Sala',
  kind: 'display',
  functions: ['RPT-001'],
  created_at: '2026-01-01T08:00:00Z',
  expires_at: '2026-03-01T08:00:00Z',
  last_used_at: null,
};
const page = (items: unknown[]): Reply => ({ status: 200, body: { items, next_cursor: null } });

function server(sessions: Session[], tokens: Token[] = []) {
  let live = sessions;
  return serve(({ method, path, body }: Sent): Reply => {
    if (path.startsWith('/api/v1/tokens')) {
      if (method !== 'POST') return page(tokens);
      return {
        status: 201,
        body: { ...WALL, kind: 'personal', ...(body as object), token: 'iact_pat_secret' },
      };
    }
    if (method === 'DELETE') {
      const id = path.split('/').pop();
      const known = live.some((session) => session.id === id);
      live = live.filter((session) => session.id !== id);
      // One of them ended by itself a moment ago.
      return known && id !== GONE.id ? { status: 204 } : { status: 404, body: { status: 404 } };
    }
    return page(live);
  });
}

const as = (...functions: string[]) => storeOf({ ...ANA, functions });
const open = (store = as('RPT-001', 'AUTH-005')) =>
  show(<AccountSheet onClose={() => undefined} />, { store });

beforeEach(forgetAnswers);

describe("one's own sessions", () => {
  it('are told apart, and this one is not offered for ending', async () => {
    server([HERE, THERE]);
    open();
    const here = (await screen.findByText('Firefox · Linux')).closest('li');
    expect(within(here ?? document.body).getByText('Esta sesión')).toBeTruthy();
    expect(within(here ?? document.body).queryByRole('button')).toBeNull();
    expect(screen.getByRole('button', { name: /^Cerrar la sesión de python-httpx/ })).toBeTruthy();
  });

  it('end all but this one; one that has ended by itself is no failure', async () => {
    const sent = server([HERE, THERE, GONE]);
    open();
    await userEvent.click(await screen.findByRole('button', { name: 'Cerrar todas las demás' }));
    await screen.findByText('No hay ninguna otra sesión abierta.');
    const ended = sent.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    expect(ended).toEqual(['/api/v1/sessions/2', '/api/v1/sessions/1']);
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

describe("one's own tokens", () => {
  it('are not offered to whom they are not given', async () => {
    const sent = server([HERE]);
    open(as('RPT-001'));
    await screen.findByText('Firefox · Linux');
    expect(screen.queryByRole('button', { name: 'Tokens' })).toBeNull();
    expect(sent.filter(({ path }) => path.includes('tokens'))).toEqual([]);
  });

  it('are made with what only reads, and told once', async () => {
    const sent = server([HERE], [WALL]);
    open(as('RPT-001', 'RPT-010', 'USR-001', 'AUTH-005'));
    await userEvent.click(await screen.findByRole('button', { name: 'Tokens' }));
    await screen.findByText('Pantalla de pared');
    await userEvent.click(screen.getByRole('button', { name: 'Crear un token' }));
    await userEvent.type(screen.getByLabelText('Para qué es'), 'Hoja');
    await userEvent.click(screen.getByRole('button', { name: 'Crear' }));
    const field = await screen.findByLabelText<HTMLInputElement>('Token de Hoja; no se vuelve a mostrar');
    expect(field.value).toBe('iact_pat_secret');
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      name: 'Hoja',
      kind: 'personal',
      functions: ['RPT-001'],
      days: 90,
    });
  });

  it('carry what is chosen one by one', async () => {
    const sent = server([HERE]);
    open(as('RPT-001', 'RPT-010', 'AUTH-005'));
    await userEvent.click(await screen.findByRole('button', { name: 'Tokens' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Crear un token' }));
    await userEvent.type(screen.getByLabelText('Para qué es'), 'Copia');
    await userEvent.click(screen.getByRole('button', { name: 'Elegir funciones' }));
    await userEvent.click(screen.getByLabelText(/^Ver informes RPT-001/));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Crear' }).disabled).toBe(true);
    await userEvent.click(screen.getByLabelText(/^Guardar vistas RPT-010/));
    await userEvent.click(screen.getByRole('button', { name: 'Crear' }));
    await waitFor(() => {
      expect(sent.find(({ method }) => method === 'POST')?.body).toMatchObject({ functions: ['RPT-010'] });
    });
  });

  it('are twenty at most, and that is said', async () => {
    server(
      [HERE],
      Array.from({ length: 20 }, (_, index) => ({ ...WALL, id: String(index), name: `T${index}` })),
    );
    open();
    await userEvent.click(await screen.findByRole('button', { name: 'Tokens' }));
    await screen.findByText('Ya tiene 20 tokens; retire uno que no necesite.');
    expect(screen.queryByRole('button', { name: 'Crear un token' })).toBeNull();
  });
});

describe("everybody's sessions", () => {
  it('are shown to whom they are given, and ended only by whom that is given', async () => {
    const luis = { ...THERE, username: 'luis' };
    const sent = server([HERE, luis]);
    const first = show(<SystemPage />, { store: as('AUTH-004'), path: '/sistema?part=sessions' });
    await screen.findByText('luis');
    expect(sent[0]?.path).toContain('of=all');
    expect(screen.queryByRole('button', { name: /^Cerrar la sesión/ })).toBeNull();
    first.unmount();
    show(<SystemPage />, { store: as('AUTH-004', 'AUTH-002'), path: '/sistema?part=sessions' });
    await userEvent.click(await screen.findByRole('button', { name: 'Cerrar la sesión de luis' }));
    await waitFor(() => {
      expect(screen.queryByText('luis')).toBeNull();
    });
  });
});
