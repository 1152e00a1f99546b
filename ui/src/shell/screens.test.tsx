import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import type { QueryRequest } from '~/api/generated';
import { analytics, LEGACY, QUEUES, type World } from '~/testing/analytics';
import { soon } from '~/app/soon';
import { ANA, type Sent, serve, show, storeOf } from '~/testing/page';

import { CALLS_PATH, SCREENS } from './screens';
import Workspace from './Workspace';

// Drawing needs a canvas, which is the browser test's business.
vi.mock('~/charts/engine', () => ({
  init: () => ({
    setOption: () => undefined,
    resize: () => undefined,
    dispose: () => undefined,
    getDataURL: () => 'data:image/png;base64,iVBORw0KGgo=',
  }),
}));

const WORLD: World = {
  sources: [LEGACY, QUEUES],
  numbers: {
    calls: 1234,
    abandoned: 432,
    abandoned_rate: 0.35,
    transferred: 1000,
    ended_in_ivr: 152,
    menu_errors: 7,
    offered: 108,
    answered: 93,
    service_level: 0.8,
  },
  values: {
    segment: ['nacional_A', 'puebla'],
    menu: ['RES-FallaInternet', 'VACIO'],
    option: ['SIN_OPCION'],
    centre: ['19020086', 'CLIENTE_COLGO'],
    weekday: [1],
    hour_of_day: [9],
    queue: ['ventas'],
    wait_band: ['0', '11-20'],
    duration_band: ['31-60', '61-120'],
  },
};
const questions = (sent: Sent[]) =>
  sent.filter(({ path }) => path === '/api/v1/analytics/query').map(({ body }) => body as QueryRequest);
const number = (written: string) => screen.findByText(written, { selector: '[data-value], [data-value] a' });

beforeEach(forgetAnswers);

describe('Demand', () => {
  it('shows how many calls came, and asks for eight weeks more than the period', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { path: '/demanda' });
    await number('1,234');
    await screen.findByRole('heading', { name: 'Día a día, frente a lo habitual' });
    const days = questions(sent).find(
      ({ time, dimensions }) => time.granularity === 'day' && dimensions?.join() === 'is_holiday',
    );
    expect(days?.time.from).toBe('2025-10-07T00:00:00-06:00');
    expect(days?.time.to).toBe('2026-01-01T00:00:00-06:00');
  });
});

describe('Service', () => {
  it('opens on the queues and puts four service levels side by side', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { path: '/servicio' });
    await number('108');
    const table = await screen.findByRole('table', { name: 'Nivel de servicio por variante' });
    const heads = within(table)
      .getAllByRole('columnheader')
      .map((head) => head.textContent);
    expect(heads).toEqual(['Cola', 'A', 'B', 'C', 'D']);
    const asked = questions(sent).flatMap(({ service_level, dimensions }) =>
      dimensions?.[0] === 'queue' && service_level ? [service_level.variant] : [],
    );
    expect(new Set(asked)).toEqual(new Set(['A', 'B', 'C', 'D']));
    await userEvent.click(screen.getByRole('button', { name: '60 s' }));
    await waitFor(() => {
      expect(questions(sent).some(({ service_level }) => service_level?.threshold_s === 60)).toBe(true);
    });
  });

  it('tells the segments of the IVR apart', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/servicio?tab=ivr' });
    await number('1,234');
    const table = await screen.findByRole('table', { name: 'Segmentos por llamadas perdidas' });
    expect(within(table).getByText('Nacional A')).toBeTruthy();
    expect(within(table).getAllByText('Crítico').length).toBeGreaterThan(0);
  });
});

describe('IVR', () => {
  it('shows paths as a table, with centres by their names', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/ivr' });
    await number('81.0%');
    const panel = document.querySelector<HTMLElement>('[data-panel=flow]');
    if (!panel) throw new Error('no flow');
    await userEvent.click(await within(panel).findByRole('button', { name: 'Ver como tabla' }));
    const table = within(panel).getByRole('table');
    expect(within(table).getAllByText('El cliente colgó').length).toBeGreaterThan(0);
    expect(within(table).getAllByText('Sin opción').length).toBeGreaterThan(0);
  });

  it('has nothing to show where only queues are known', async () => {
    serve(analytics({ ...WORLD, sources: [QUEUES] }));
    show(<Workspace />, { path: '/ivr' });
    expect(await screen.findByText('Esta pantalla no tiene de qué hablar')).toBeTruthy();
  });

  it('is refused with a sentence to whom it is not given', () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/ivr', store: storeOf({ ...ANA, functions: ['AUD-001'] }) });
    expect(screen.getByText('Su cuenta no incluye esta pantalla')).toBeTruthy();
  });
});

describe('the bar', () => {
  it('compares with a year before, or with nothing at all', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { path: '/demanda' });
    await number('1,234');
    await userEvent.selectOptions(screen.getByLabelText('Frente a'), 'previous_year');
    await waitFor(() => {
      expect(questions(sent).some(({ time }) => time.from === '2024-12-02T00:00:00-06:00')).toBe(true);
    });
    await userEvent.selectOptions(screen.getByLabelText('Frente a'), 'none');
    await waitFor(() => {
      expect(screen.queryByText(/Cambios frente a/)).toBeNull();
    });
  });

  it('goes along to the next screen', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?segment=puebla&period=7d' });
    const link = await screen.findByRole('link', { name: 'Demanda' });
    expect(link.getAttribute('href')).toBe('/demanda?period=7d&segment=puebla');
  });

  it('writes numbers as the country of the account does', async () => {
    serve(analytics({ ...WORLD, numbers: { ...WORLD.numbers, calls: 12_345 } }));
    const spain = { ...ANA.user, preferences: { ...ANA.user.preferences, locale: 'es-ES' } };
    show(<Workspace />, { path: '/demanda', store: storeOf({ ...ANA, user: spain }) });
    await number('12.345');
  });
});

describe('the way to the calls', () => {
  const Calls = () => null;
  const withCalls = () => {
    if (SCREENS.some(({ path }) => path === CALLS_PATH)) return () => undefined;
    SCREENS.push({
      path: CALLS_PATH,
      label: { id: 'calls' },
      function: 'RPT-001',
      ...soon(() => Promise.resolve({ default: Calls })),
    });
    return () => SCREENS.pop();
  };

  it('leads from a menu to its calls, in the days and the segment that are shown', async () => {
    const undo = withCalls();
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?period=30d&segment=puebla' });
    const link = await screen.findByRole('link', { name: 'Ver las llamadas de Sin menú' });
    const search = new URLSearchParams(link.getAttribute('href')?.split('?')[1]);
    expect(Object.fromEntries(search)).toMatchObject({
      tab: 'ivr',
      menu: 'VACIO',
      segment: 'puebla',
      from: '2025-12-02',
      to: '2025-12-31',
    });
    undo();
  });
});

describe('the palette', () => {
  it('opens with Ctrl+K, finds without accents and goes there with Enter', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?segment=puebla' });
    await userEvent.keyboard('{Control>}k{/Control}');
    const field = await screen.findByRole('combobox', { name: 'Buscar pantallas y acciones' });
    await userEvent.type(field, 'serv');
    const list = within(screen.getByRole('listbox', { name: 'Acciones' }));
    expect(list.getAllByRole('option')).toHaveLength(1);
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByRole('heading', { level: 1, name: 'Servicio' })).toBeTruthy();
    expect(screen.queryByRole('combobox', { name: 'Buscar pantallas y acciones' })).toBeNull();
  });

  it('moves by arrows, and says when nothing has that name', async () => {
    serve(analytics(WORLD));
    show(<Workspace />);
    await userEvent.click(await screen.findByRole('button', { name: 'Buscar pantallas y acciones' }));
    const field = await screen.findByRole('combobox', { name: 'Buscar pantallas y acciones' });
    await userEvent.type(field, '{ArrowDown}');
    const list = within(screen.getByRole('listbox', { name: 'Acciones' }));
    expect(list.getByRole('option', { selected: true }).textContent).toContain('Demanda');
    await userEvent.type(field, 'zzz');
    expect(screen.getByText('Nada se llama así')).toBeTruthy();
  });
});

describe('a wall', () => {
  it('shows today, the time and that nothing new came, and nothing to press around it', async () => {
    const sent = serve(analytics({ ...WORLD, sources: [{ ...LEGACY, state: 'stale' }] }));
    show(<Workspace />, { path: '/?kiosk=1' });
    await number('1,234');
    expect(screen.getByText(/Sin datos nuevos desde/)).toBeTruthy();
    expect(screen.queryByRole('navigation', { name: 'Pantallas' })).toBeNull();
    expect(screen.queryByLabelText('Frente a')).toBeNull();
    expect(questions(sent)[0]?.time.from).toBe('2025-12-31T00:00:00-06:00');
  });
});
