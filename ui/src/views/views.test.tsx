import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import type { ViewOut } from '~/api/generated';
import Workspace from '~/shell/Workspace';
import { analytics, LEGACY } from '~/testing/analytics';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

// Drawing needs a canvas, which is the browser test's business.
vi.mock('~/charts/engine', () => ({
  init: () => ({
    setOption: () => undefined,
    resize: () => undefined,
    dispose: () => undefined,
    getDataURL: () => 'data:image/png;base64,iVBORw0KGgo=',
  }),
}));

const VIEW: ViewOut = {
  id: '12',
  name: 'Lunes temprano',
  query: null,
  display: { path: '/demanda', search: 'period=7d&segment=puebla' },
  is_default: false,
  own: true,
  owner: 'ana',
  shares: 0,
  created_at: '2025-12-01T12:00:00Z',
  updated_at: '2025-12-01T12:00:00Z',
};
const THEIRS: ViewOut = {
  ...VIEW,
  id: '13',
  name: 'De Luis',
  own: false,
  owner: 'luis',
  display: { path: '/', search: 'period=quarter' },
};
const GROUP = { code: 'AGR-004', name: 'data_exporter', active: true };
const KEEPER = { ...ANA, functions: [...ANA.functions, 'RPT-010', 'RPT-011'] };
const numbers = { calls: 1234, abandoned: 432, abandoned_rate: 0.35 };

const NOBODY: Reply = {
  status: 422,
  body: { status: 422, errors: [{ param: 'username', detail: "there is no active person 'nadie'" }] },
};

/** A service that keeps views as the real one does. */
function keeping(first: ViewOut[]) {
  const kept = new Map(first.map((view) => [view.id, view]));
  const others = analytics({ sources: [LEGACY], numbers, values: { segment: ['puebla'] } });
  const missing: Reply = { status: 404, body: { status: 404, title: 'Not found' } };
  const list = (sent: Sent): Reply => {
    if (sent.method === 'GET') return { status: 200, body: { items: [...kept.values()], next_cursor: null } };
    const made = { ...VIEW, shares: 0, ...(sent.body as object), id: '40' };
    kept.set(made.id, made);
    return { status: 201, body: made };
  };
  const one = (sent: Sent, view: ViewOut | undefined): Reply => {
    if (!view) return missing;
    if (sent.method === 'PUT') kept.set(view.id, { ...view, ...(sent.body as object) });
    if (sent.method === 'DELETE') {
      kept.delete(view.id);
      return { status: 204 };
    }
    return { status: 200, body: kept.get(view.id) };
  };
  const reply = (sent: Sent): Reply => {
    if (sent.path.startsWith('/api/v1/users/me/preferences')) return { status: 200, body: sent.body };
    if (sent.path.endsWith('/groups')) return { status: 200, body: { items: [GROUP] } };
    if (!sent.path.startsWith('/api/v1/analytics/views')) return others(sent);
    const id = sent.path.split('/')[5];
    if (id === undefined) return list(sent);
    if (!kept.has(id)) return missing;
    if (sent.path.endsWith('/shares'))
      return sent.method === 'GET' ? { status: 200, body: { items: [], next_cursor: null } } : NOBODY;
    return one(sent, kept.get(id));
  };
  return { sent: serve(reply), kept };
}

let address = '';
function Address() {
  const { pathname, search } = useLocation();
  useEffect(() => {
    address = pathname + search;
  });
  return null;
}

function showPage(path: string, session = KEEPER) {
  return show(
    <>
      <Workspace />
      <Address />
    </>,
    { path, store: storeOf(session) },
  );
}

const shown = () => screen.findByText('1,234', { selector: '[data-value]' });
const title = (name: string) => screen.findByRole('heading', { level: 1, name });
const openSheet = async () => {
  await userEvent.click(screen.getByRole('button', { name: /^Vistas/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Vistas' });
  await within(dialog).findByRole('heading', { name: /^Suyas/ });
  return dialog;
};

beforeEach(() => {
  forgetAnswers();
});

describe('a screen on a saved view', () => {
  it('asks what the view says, whatever path the link has, and writes only what differs', async () => {
    const { sent } = keeping([VIEW]);
    showPage('/?v=12');
    await title('Demanda');
    await shown();
    expect(address).toBe('/demanda?v=12');
    const asked = sent.filter(({ path }) => path === '/api/v1/analytics/query').map(({ body }) => body);
    expect(JSON.stringify(asked)).toContain('puebla');
    expect(JSON.stringify(asked)).toContain('2025-12-25T00:00:00-06:00'); // seven days to the last data
    await userEvent.selectOptions(screen.getByLabelText('Frente a'), 'previous_year');
    expect(address).toBe('/demanda?v=12&compare=previous_year');
    await userEvent.selectOptions(screen.getByLabelText('Frente a'), 'previous_period');
    await userEvent.selectOptions(screen.getByLabelText('Segmento'), '');
    expect(address).toBe('/demanda?v=12&segment=');
    expect(screen.getByRole('button', { name: 'Vistas; Lunes temprano, con cambios' })).toBeTruthy();
  });

  it('goes along to another screen as what it says, without the view', async () => {
    keeping([VIEW]);
    showPage('/demanda?v=12&every=day');
    await shown();
    const link = screen.getByRole('link', { name: 'Servicio' });
    expect(link.getAttribute('href')).toBe('/servicio?period=7d&every=day&segment=puebla');
  });

  it('that is gone says so, and lets one go on; the page does not begin with it again', async () => {
    const { sent } = keeping([]);
    const preferences = { ...ANA.user.preferences, default_view: 'views/12' };
    showPage('/', { ...KEEPER, user: { ...ANA.user, preferences } });
    await screen.findByText('Esa vista no existe');
    await waitFor(() => {
      const put = sent.find(({ method, path }) => method === 'PUT' && path.includes('preferences'));
      expect(put?.body).toMatchObject({ default_view: 'overview' });
    });
    await userEvent.click(screen.getByRole('link', { name: 'Seguir sin la vista' }));
    await title('Hoy');
  });

  it('is refused with a sentence to whom views are not given, and nothing is asked', async () => {
    const { sent } = keeping([VIEW]);
    showPage('/demanda?v=12', ANA);
    expect(screen.getByText('Su cuenta no incluye vistas guardadas')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Vistas/ })).toBeNull();
    await waitFor(() => {
      expect(sent.length).toBeGreaterThan(0);
    });
    expect(sent.filter(({ path }) => path.includes('/views'))).toEqual([]);
  });
});

describe('the page', () => {
  it('begins with the chosen view, and the first screen stays one press away', async () => {
    keeping([VIEW]);
    const preferences = { ...ANA.user.preferences, default_view: 'views/12' };
    showPage('/', { ...KEEPER, user: { ...ANA.user, preferences } });
    await title('Demanda');
    expect(address).toBe('/demanda?v=12');
    await userEvent.click(screen.getByRole('link', { name: 'Servicio' }));
    await title('Servicio');
    await userEvent.click(screen.getByRole('link', { name: 'IACT, inicio' }));
    await title('Hoy');
  });

  it('begins where a link says, whatever was chosen', async () => {
    keeping([VIEW]);
    const preferences = { ...ANA.user.preferences, default_view: 'views/12' };
    showPage('/?period=quarter', { ...KEEPER, user: { ...ANA.user, preferences } });
    await title('Hoy');
    expect(address).toBe('/?period=quarter');
  });
});

describe('the sheet of views', () => {
  it('keeps what is on screen under a name, and the page stands on it', async () => {
    const { sent } = keeping([]);
    showPage('/demanda?period=7d&segment=puebla&kiosk=');
    await shown();
    const dialog = await openSheet();
    expect(within(dialog).getByText('Demanda · 7 días · Puebla')).toBeTruthy();
    await userEvent.type(within(dialog).getByLabelText('Nombre de la vista nueva'), 'Puebla');
    await userEvent.click(within(dialog).getByLabelText('Empezar el día con ella'));
    await userEvent.click(within(dialog).getByRole('button', { name: 'Guardar' }));
    await waitFor(() => {
      expect(address).toBe('/demanda?v=40');
    });
    expect(screen.queryByRole('dialog')).toBeNull();
    const made = sent.find(({ method, path }) => method === 'POST' && path === '/api/v1/analytics/views');
    expect(made?.body).toEqual({
      name: 'Puebla',
      display: { path: '/demanda', search: 'period=7d&segment=puebla' },
      is_default: true,
    });
    expect(sent.find(({ path }) => path.endsWith('/preferences'))?.body).toMatchObject({
      default_view: 'views/40',
    });
    // What is known from saving is not asked again.
    expect(sent.filter(({ method, path }) => method === 'GET' && path.endsWith('/views/40'))).toEqual([]);
  });

  it("keeps the changes of a view of one's own", async () => {
    const { kept } = keeping([VIEW]);
    showPage('/demanda?v=12&period=quarter');
    await shown();
    const dialog = await openSheet();
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Guardar los cambios en «Lunes temprano»' }),
    );
    await waitFor(() => {
      expect(address).toBe('/demanda?v=12');
    });
    expect(new URLSearchParams(String(kept.get('12')?.display.search)).get('period')).toBe('quarter');
  });

  it('offers no change of what somebody else shares, and says whose it is', async () => {
    keeping([VIEW, THEIRS]);
    showPage('/?v=13&segment=puebla');
    await shown();
    const dialog = await openSheet();
    expect(within(dialog).queryByRole('button', { name: /Guardar los cambios/ })).toBeNull();
    const shared = within(dialog).getByRole('region', { name: 'Compartidas con usted' });
    expect(within(shared).getByText('De luis')).toBeTruthy();
    expect(within(shared).queryByRole('button')).toBeNull();
    await userEvent.click(within(dialog).getByRole('link', { name: 'Lunes temprano' }));
    await title('Demanda');
    expect(address).toBe('/demanda?v=12');
  });

  it('forgets the view that is open, and the screen stays as it is', async () => {
    const { sent, kept } = keeping([VIEW]);
    showPage('/demanda?v=12');
    await shown();
    const dialog = await openSheet();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Cambiar Lunes temprano' }));
    await userEvent.click(within(dialog).getByRole('button', { name: 'Borrar Lunes temprano' }));
    expect(kept.size).toBe(1);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Borrar la vista' }));
    await waitFor(() => {
      expect(kept.size).toBe(0);
    });
    expect(address).toBe('/demanda?period=7d&segment=puebla');
    await within(dialog).findByText(/^Ninguna todavía/);
    // What is gone is not asked for.
    const deleted = sent.findIndex(({ method }) => method === 'DELETE');
    expect(sent.slice(deleted + 1).filter(({ path }) => path.includes('/views/12'))).toEqual([]);
  });

  it('says with a sentence that thirty are enough', async () => {
    keeping(
      Array.from({ length: 30 }, (_, index) => ({ ...VIEW, id: String(index), name: `Vista ${index}` })),
    );
    showPage('/demanda');
    await shown();
    const dialog = await openSheet();
    expect(within(dialog).getByText('Ya guarda 30 vistas; borre una que no necesite.')).toBeTruthy();
    expect(within(dialog).queryByLabelText('Nombre de la vista nueva')).toBeNull();
  });

  it('tells who cannot be found', async () => {
    keeping([VIEW]);
    showPage('/demanda');
    await shown();
    const dialog = await openSheet();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Cambiar Lunes temprano' }));
    await within(dialog).findByText(/^Nadie\. Quien la reciba/);
    const share = within(within(dialog).getByRole('region', { name: 'Compartir Lunes temprano' }));
    await userEvent.type(share.getByLabelText('Usuario'), 'nadie');
    await userEvent.click(share.getByRole('button', { name: 'Compartir' }));
    await share.findByText('No hay ninguna persona activa con ese usuario.');
  });

  it('calls the groups to share with by what they are for, and by their code', async () => {
    keeping([VIEW]);
    showPage('/demanda', { ...KEEPER, functions: [...KEEPER.functions, 'ACC-003'] });
    await shown();
    const dialog = await openSheet();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Cambiar Lunes temprano' }));
    const share = within(await within(dialog).findByRole('region', { name: 'Compartir Lunes temprano' }));
    await userEvent.click(share.getByText('Grupo'));
    expect(await share.findByRole('option', { name: 'Exportación de datos (AGR-004)' })).toBeTruthy();
  });
});
