import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import type { QueryRequest } from '~/api/generated';
import Workspace from '~/shell/Workspace';
import { initials } from '~/shell/UserMenu';
import { analytics, LEGACY, QUEUES, TARGETS, type World } from '~/testing/analytics';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

// Drawing needs a canvas, which is the browser test's business.
vi.mock('~/charts/engine', () => ({
  init: () => ({ setOption: () => undefined, resize: () => undefined, dispose: () => undefined }),
}));

const WORLD: World = {
  sources: [LEGACY],
  numbers: {
    calls: 1234,
    abandoned: 432,
    abandoned_rate: 0.35,
    unique_callers: 987,
    duration_s_p50: 138,
    duration_s_p90: 413,
    ended_in_ivr: 152,
  },
  values: {
    segment: ['nacional_A', 'puebla'],
    menu: ['RES-FallaInternet', 'VACIO'],
    weekday: [1],
    hour_of_day: [9],
    queue: ['ventas'],
  },
};
const QUEUE_WORLD: World = {
  ...WORLD,
  sources: [LEGACY, QUEUES],
  numbers: {
    offered: 108,
    answered: 93,
    answered_rate: 93 / 108,
    abandoned: 12,
    abandoned_rate: 12 / 108,
    open: 2,
    service_level: 0.8,
    asa_s: 12.4,
    wait_s_p50: 6,
    wait_s_p90: 35,
  },
};

const questions = (sent: Sent[]) =>
  sent.filter(({ path }) => path === '/api/v1/analytics/query').map(({ body }) => body as QueryRequest);
const tile = (name: string) => {
  const found = document.querySelector(`[data-tile=${name}]`);
  if (!found) throw new Error(`no tile ${name}`);
  return within(found as HTMLElement);
};
const ready = () => screen.findByText('1,234', { selector: '[data-value]' });
const first = (name: string) => {
  const [button] = screen.getAllByRole('button', { name });
  if (!button) throw new Error(`no button ${name}`);
  return button;
};

beforeEach(forgetAnswers);

describe('the overview of the IVR', () => {
  it('shows the numbers with their words', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?period=30d' });
    await ready();
    expect(tile('abandoned_rate').getByText('35.0%')).toBeTruthy();
    expect(tile('abandoned_rate').getByText('Crítico')).toBeTruthy();
    expect(tile('unique_callers').getByText('987')).toBeTruthy();
    expect(tile('duration').getByText(/2 min 18 s/)).toBeTruthy();
    expect(tile('ended_in_ivr').getByText('12.3%')).toBeTruthy();
    expect(screen.getByText('Sin menú')).toBeTruthy();
  });

  it('leads from the number of the abandoned to the calls that were', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?period=30d' });
    await ready();
    const link = tile('abandoned_rate').getByRole('link', { name: '35.0%' });
    const address = new URL(link.getAttribute('href') ?? '', 'http://x');
    expect(address.pathname).toBe('/llamadas');
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      tab: 'ivr',
      metric: 'abandoned',
      from: '2025-12-02',
      to: '2025-12-31',
    });
  });

  it('leads nowhere on a wall, where nobody clicks', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?period=30d&kiosk=1' });
    await ready();
    expect(tile('abandoned_rate').queryByRole('link')).toBeNull();
  });

  it('says that the period hangs on the last data, and compares with the one before', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { path: '/?period=30d' });
    await ready();
    expect(screen.getByText(/por eso el periodo no llega a hoy/)).toBeTruthy();
    // The last hour, which one block asks about, stands apart.
    const asked = questions(sent).filter(({ time }) => time.from.includes('T00:00'));
    const froms = new Set(asked.map(({ time }) => time.from));
    expect([...froms].sort()).toEqual(['2025-11-02T00:00:00-06:00', '2025-12-02T00:00:00-06:00']);
  });

  it('is about today: the verdict, what needs hands first, and where it leads', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />);
    await ready();
    const now = within(screen.getByRole('region', { name: 'Cómo vamos' }));
    expect(now.getByText('Fuera de objetivo')).toBeTruthy();
    expect(now.getByText(/Última hora con datos.*abandono 35.0% de 1,234 llamadas/)).toBeTruthy();
    expect(now.getByText('2 de 2').nextSibling?.textContent).toBe('segmentos en estado crítico');
    const lately = questions(sent).find(({ time }) => time.from === '2025-12-31T22:45:00-06:00');
    expect(lately?.time.to).toBe('2025-12-31T23:45:00-06:00');
    const row = screen.getByRole('link', { name: 'Nacional A' });
    expect(row.getAttribute('href')).toBe(
      '/servicio?tab=ivr&from=2025-12-31&to=2025-12-31&segment=nacional_A',
    );
  });

  it('tells no verdict of another period when the one chosen cannot be asked', async () => {
    const answers = analytics(WORLD);
    let broken = false;
    serve((sent) =>
      broken && sent.method === 'POST' ? { status: 503, body: { status: 503 } } : answers(sent),
    );
    show(<Workspace />, { path: '/?period=30d' });
    await ready();
    const now = within(screen.getByRole('region', { name: 'Cómo vamos' }));
    expect(now.getByText('Fuera de objetivo')).toBeTruthy();
    broken = true;
    await userEvent.click(screen.getByRole('button', { name: '7 días' }));
    await now.findByRole('button', { name: 'Reintentar' });
    expect(now.queryByText('Fuera de objetivo')).toBeNull();
    expect(now.queryByText(/1,234/)).toBeNull();
    expect(now.queryByText('2 de 2')).toBeNull();
    broken = false;
    await userEvent.click(now.getByRole('button', { name: 'Reintentar' }));
    expect(await now.findByText('Fuera de objetivo')).toBeTruthy();
  });

  it('has nothing to press on a wall', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?kiosk=1' });
    await ready();
    expect(screen.getByText('Nacional A')).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Nacional A' })).toBeNull();
  });

  it('asks what the address says', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, {
      path: '/?from=2025-03-30&to=2025-03-30&zone=Europe/Madrid&segment=puebla&every=30min',
    });
    await ready();
    const asked = questions(sent).find(({ time }) => time.granularity === '30min');
    expect(asked?.time).toEqual({
      from: '2025-03-30T00:00:00+01:00',
      to: '2025-03-31T00:00:00+02:00',
      granularity: '30min',
      zone: 'Europe/Madrid',
    });
    expect(asked?.filters).toEqual([{ dimension: 'segment', op: 'in', values: ['puebla'] }]);
  });

  it('explains a number by the catalogue', async () => {
    serve(analytics(WORLD));
    show(<Workspace />);
    await ready();
    await userEvent.click(screen.getByRole('button', { name: 'Qué es: Abandono' }));
    expect(await screen.findByText('Abandonadas entre recibidas.')).toBeTruthy();
    expect(screen.getByText('abandonadas / llamadas')).toBeTruthy();
    expect(screen.getByText('Exacta')).toBeTruthy();
  });

  it('says of a number how exact it is, not how exact its kind can be', async () => {
    serve(analytics({ ...WORLD, estimated: { abandoned_rate: 0.013 } }));
    show(<Workspace />);
    await ready();
    await userEvent.click(screen.getByRole('button', { name: 'Qué es: Abandono' }));
    expect(await screen.findByText('Aproximada, error de 1.3% como mucho')).toBeTruthy();
    expect(screen.queryByText('Exacta')).toBeNull();
  });

  it('shows a chart as a table', async () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/?period=30d' });
    await ready();
    await userEvent.click(first('Ver como tabla'));
    expect(screen.getByRole('table', { name: 'Llamadas y abandono por periodo' })).toBeTruthy();
  });

  it('changes the period and keeps the filter', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { path: '/?segment=puebla' });
    await ready();
    await userEvent.click(screen.getByRole('button', { name: 'Trimestre anterior' }));
    await waitFor(() => {
      expect(questions(sent).at(-1)?.time.from).toMatch(/^2025-0[47]-01/);
    });
    expect(questions(sent).at(-1)?.filters?.[0]?.values).toEqual(['puebla']);
  });
});

describe('states', () => {
  it('nothing in the period: says where the data is and leads there', async () => {
    serve(analytics({ ...WORLD, numbers: { calls: 0, abandoned: 0 } }));
    show(<Workspace />, { path: '/?from=2019-01-01&to=2019-01-31' });
    expect((await screen.findAllByText('No hay llamadas en este periodo')).length).toBeGreaterThan(0);
    await userEvent.click(first('Ir al último dato'));
    expect(screen.getByText(/por eso el periodo no llega a hoy/)).toBeTruthy();
  });

  it('a failure: one sentence, its number, another try', async () => {
    let broken = true;
    const fine = analytics(WORLD);
    const failing: Reply = { status: 503, body: { status: 503, request_id: 'req-42' } };
    serve((sent) => (broken && sent.path.endsWith('/query') ? failing : fine(sent)));
    show(<Workspace />);
    expect((await screen.findAllByText('El servicio no está disponible por ahora.')).length).toBeGreaterThan(
      1,
    );
    expect(screen.getAllByText('req-42').length).toBeGreaterThan(1);
    broken = false;
    for (const button of screen.getAllByRole('button', { name: 'Reintentar' })) await userEvent.click(button);
    await ready();
  });

  it('no source at all', async () => {
    serve(analytics({ ...WORLD, sources: [] }));
    show(<Workspace />);
    expect(await screen.findByText('Todavía no hay datos')).toBeTruthy();
  });

  it('an address that leads nowhere', () => {
    serve(analytics(WORLD));
    show(<Workspace />, { path: '/nowhere' });
    expect(screen.getByText('Esta dirección no lleva a ninguna pantalla')).toBeTruthy();
  });
});

describe('what a person may not do', () => {
  const as = (functions: string[], segment: string | null = null) => storeOf({ ...ANA, functions, segment });

  it('see reports: is told which function is missing, and nothing is asked', () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { store: as(['AUD-001']) });
    expect(screen.getByText('RPT-001')).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Hoy' })).toBeNull();
    expect(sent).toEqual([]);
  });

  it('filter, export, see runs: none of it is shown', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { store: as(['RPT-001']) });
    await ready();
    expect(screen.queryByLabelText('Segmento')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Descargar CSV' })).toBeNull();
    expect(sent.some(({ path }) => path.startsWith('/api/v1/ivr/runs'))).toBe(false);
  });

  it('see more than one segment: runs count the rows of all, and are not asked for', async () => {
    const sent = serve(analytics(WORLD));
    show(<Workspace />, { store: as(ANA.functions, 'puebla') });
    await ready();
    expect(sent.some(({ path }) => path.startsWith('/api/v1/ivr/runs'))).toBe(false);
  });

  it('leave their segment: it is said, and queues are not offered', async () => {
    serve(analytics({ ...QUEUE_WORLD, numbers: { ...QUEUE_WORLD.numbers, ...WORLD.numbers } }));
    show(<Workspace />, { store: as(ANA.functions, 'puebla'), path: '/?tab=queues' });
    await ready();
    expect(screen.getByText('puebla')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Colas' })).toBeNull();
  });
});

describe('the overview of the queues', () => {
  it('is a second tab with its own numbers, and names its service level', async () => {
    const sent = serve(analytics(QUEUE_WORLD));
    show(<Workspace />, { path: '/?tab=queues' });
    await screen.findByText('108', { selector: '[data-value]' });
    expect(tile('answered').getByText('93')).toBeTruthy();
    expect(tile('abandoned').getByText('12')).toBeTruthy();
    expect(tile('offered').getByText('2 sin terminar')).toBeTruthy();
    expect(screen.getByText('Nivel de servicio B')).toBeTruthy();
    expect(screen.getByRole('table', { name: 'Colas' })).toBeTruthy();
    const asked = questions(sent).find(({ metrics }) => metrics.includes('service_level'));
    expect(asked?.service_level).toMatchObject({ variant: 'B', threshold_s: 20, comparison: 'lte' });
    expect(asked?.source_kind).toBe('asterisk');
  });
});

describe('what the centre holds itself to', () => {
  const measured_by = { ...TARGETS.service_level.measured_by, threshold_s: 15 };
  const strict = {
    abandonment: { optimal_below: 0.05, critical_above: 0.4 },
    service_level: { at_least: 0.9, critical_below: 0.75, measured_by },
  };

  it('comes from the server, and so do the verdict and the words around it', async () => {
    serve(analytics({ ...WORLD, targets: strict }));
    show(<Workspace />);
    await ready();
    const now = within(screen.getByRole('region', { name: 'Cómo vamos' }));
    expect(now.getByText('Cerca del límite')).toBeTruthy();
    expect(now.getByText(/objetivo, menos de 5%/)).toBeTruthy();
    expect(tile('abandoned_rate').getByText('Aceptable')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Qué es: Abandono' }));
    expect(await screen.findByText(/Óptimo por debajo de 5%, aceptable hasta 40%/)).toBeTruthy();
  });

  it('is the service level that is asked for', async () => {
    const sent = serve(analytics({ ...QUEUE_WORLD, targets: strict }));
    show(<Workspace />, { path: '/?tab=queues' });
    await screen.findByText('108', { selector: '[data-value]' });
    expect(screen.getByText(/objetivo, 90% en 15 s/)).toBeTruthy();
    const asked = questions(sent).filter(({ metrics }) => metrics.includes('service_level'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.map((each) => each.service_level?.threshold_s)).toEqual(asked.map(() => 15));
  });

  it('is told of as one failure when it cannot be had, and tried again', async () => {
    let broken = true;
    const fine = analytics(WORLD);
    serve((sent) =>
      broken && sent.path.endsWith('/targets') ? { status: 503, body: { status: 503 } } : fine(sent),
    );
    show(<Workspace />);
    expect(await screen.findByText('El servicio no está disponible por ahora.')).toBeTruthy();
    broken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Reintentar' }));
    await ready();
  });
});

it('makes initials of a name', () => {
  expect(['Ana López', 'ana.lopez', 'admin', ''].map(initials)).toEqual(['AL', 'AL', 'AD', '']);
});
