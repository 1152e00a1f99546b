import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import { allRejected } from '~/overview/words';
import { csvText } from '~/parts/csvText';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

import { auditAsked, auditFile } from './auditAddress';
import { wantsProof } from './proof';
import { RunDrawer } from './RunDrawer';
import { addsUp, progressOf } from './runs';
import SystemPage from './SystemPage';
import { tabsFor } from './tabs';

const as = (...functions: string[]) => storeOf({ ...ANA, functions });
const RUN = {
  read: 10,
  published: 7,
  unchanged: 1,
  held: 1,
  rejected: 1,
  duplicate: 0,
  id: '5',
  source: 'legacy',
  state: 'running',
  phase: 'reading',
  requested_by: 'ana',
  queued_at: '2026-01-01T00:00:00Z',
  started_at: '2026-01-01T00:00:01Z',
  elapsed_s: 3,
  expected: 40,
  rows_per_s: 3,
  eta_s: 10,
  error: null,
};
const ZOILA = {
  id: '9',
  username: 'zoila',
  display_name: 'Zoila',
  state: 'active',
  segment: null,
  must_change_password: false,
  has_password: true,
  created_at: '2026-01-01T00:00:00Z',
  last_signed_in_at: null,
};
const PROOF: Reply = {
  status: 403,
  body: { type: 'urn:iact:problem:reauthentication-required', status: 403 },
};

beforeEach(forgetAnswers);

describe('what a person may see', () => {
  it('is the parts of their functions, in order', () => {
    expect(tabsFor(['AUD-001', 'PIP-001'])).toEqual(['sources', 'reconcile', 'audit']);
    expect(tabsFor(['AUTH-004', 'USR-004'])).toEqual(['people', 'sessions']);
    expect(tabsFor(['RPT-001'])).toEqual([]);
    expect(tabsFor(['PIP-001', 'PIP-003', 'PIP-006'], 'puebla')).toEqual(['sources', 'quality']);
  });

  it('leaves out, and refuses by address, what counts all segments, for who sees one', () => {
    const sent = serve(() => ({ status: 404 }));
    const store = storeOf({ ...ANA, functions: ['PIP-001', 'PIP-006'], segment: 'puebla' });
    show(<SystemPage />, { store, path: '/sistema?part=rejects' });
    expect(screen.getByText('Esta parte cuenta todos los segmentos juntos')).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Rechazos' })).toBeNull();
    expect(sent).toEqual([]);
  });

  it('is refused by name when tried by address, and nothing is asked', () => {
    const sent = serve(() => ({ status: 404 }));
    show(<SystemPage />, { store: as('DOR-001'), path: '/sistema?part=audit' });
    expect(screen.getByText(/AUD-001/)).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Auditoría' })).toBeNull();
    expect(sent).toEqual([]);
  });
});

describe('sources', () => {
  const asked =
    (...fresh: object[]) =>
    ({ path }: Sent): Reply => {
      const known = { legacy: { id: 'legacy', kind: 'legacy', zone: 'UTC', schedule: 'daily at 02:00' } };
      if (path === '/api/v1/ivr/sources')
        return { status: 200, body: { items: [{ ...known.legacy, next_run_at: null, last_run: null }] } };
      if (path === '/api/v1/ivr/freshness') return { status: 200, body: { items: fresh } };
      if (path.startsWith('/health')) return { status: 200, body: { status: 'ok', checks: {} } };
      return { status: 200, body: { items: [], next_cursor: null } };
    };
  const fresh = (source: string, reason_code: string) => ({
    source,
    kind: 'legacy',
    zone: 'UTC',
    state: 'fresh',
    reason_code,
    data_as_of: '2026-01-01T00:00:00Z',
  });

  it('are also those whose files somebody gave by hand, which nothing here can read again', async () => {
    serve(asked(fresh('legacy', 'up_to_date'), fresh('files-legacy', 'by_hand')));
    show(<SystemPage />, { store: as('PIP-001', 'PIP-003', 'PIP-005') });
    const row = (await screen.findByText('files-legacy')).closest('tr');
    expect(row?.textContent).toContain('Se lee a mano');
    expect(row?.textContent).toContain('Con iact ingest');
    expect(screen.getAllByText('legacy')).toHaveLength(1);
    expect(screen.getByRole('button', { name: 'Leer ahora legacy' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /files-legacy/ })).toBeNull();
  });

  it('are as new as their state says, where a schedule reads them', async () => {
    serve(asked(fresh('legacy', 'up_to_date')));
    show(<SystemPage />, { store: as('PIP-001', 'PIP-003') });
    const row = (await screen.findByText('legacy')).closest('tr');
    await waitFor(() => {
      expect(row?.textContent).toContain('Al día');
    });
    expect(row?.textContent).not.toContain('Se lee a mano');
  });
});

describe('runs', () => {
  const world = (run: object): ((sent: Sent) => Reply) => {
    return ({ path }) => {
      if (path.startsWith('/api/v1/ivr/runs'))
        return { status: 200, body: { items: [run], next_cursor: null } };
      if (path.startsWith('/health')) return { status: 200, body: { status: 'ok', checks: {} } };
      return { status: 200, body: { items: [], next_cursor: null } };
    };
  };

  it('show how far they are while they work', async () => {
    serve(world(RUN));
    show(<SystemPage />, { store: as('PIP-001') });
    const bar = await screen.findByRole('progressbar');
    expect(bar.getAttribute('value')).toBe('0.25');
    expect(screen.getByText(/faltan/).textContent).toContain('25%');
  });

  it.each([
    ['running', 0, 'Todavía no: se cuenta al terminar'],
    ['queued', 0, 'Todavía no: se cuenta al terminar'],
    ['succeeded', 7, 'Cuadra'],
    ['failed', 6, 'No cuadra'],
  ])('are judged when they have ended (%s)', async (state, published, verdict) => {
    const run = { ...RUN, state, published, by_table: [], proof: [] };
    serve(({ path }) =>
      path === '/api/v1/ivr/runs/5' ? { status: 200, body: run } : world(run)({ path } as Sent),
    );
    show(<RunDrawer id="5" onClose={() => undefined} />, { store: as('PIP-001') });
    const title = await screen.findByRole('heading', { name: /^Prueba/ });
    expect(title.textContent).toBe(`Prueba ${verdict}`);
  });

  it('that rejected every row say at a glance that nothing was published', async () => {
    const none = { published: 0, unchanged: 0, held: 0, rejected: 10, duplicate: 0 };
    serve(world({ ...RUN, ...none, state: 'succeeded' }));
    show(<SystemPage />, { store: as('PIP-001') });
    const state = await screen.findByText('Nada publicado');
    expect(state.dataset.tone).toBe('bad');
    expect(screen.queryByText('Completa')).toBeNull();
  });

  it.each([
    ['succeeded', { read: 10, rejected: 10 }, true],
    ['succeeded', { read: 10, rejected: 9 }, false],
    ['succeeded', { read: 0, rejected: 0 }, false],
    ['failed', { read: 10, rejected: 10 }, false],
    ['running', { read: 10, rejected: 10 }, false],
  ] as const)('have rejected all when they ended well with nothing else (%s, %o)', (state, counts, all) => {
    expect(allRejected({ state, ...counts })).toBe(all);
  });

  it('name each table or file of which every row was rejected', async () => {
    const table = (source_table: string, rejected: number) => ({
      source_table,
      units: 1,
      adds_up: true,
      read: 10,
      published: 10 - rejected,
      unchanged: 0,
      held: 0,
      rejected,
      duplicate: 0,
    });
    const by_table = [table('good.csv', 1), table('bad.csv', 10), table('worse.csv', 10)];
    const run = {
      ...RUN,
      ...table('', 7),
      state: 'succeeded',
      read: 30,
      published: 9,
      rejected: 21,
      by_table,
      proof: [],
    };
    serve(({ path }) =>
      path === '/api/v1/ivr/runs/5' ? { status: 200, body: run } : world(run)({ path } as Sent),
    );
    show(<RunDrawer id="5" onClose={() => undefined} />, { store: as('PIP-001') });
    const told = await screen.findByText(/todas sus filas se rechazaron/);
    expect(told.textContent).toContain('bad.csv');
    expect(told.textContent).toContain('worse.csv');
    expect(told.textContent).not.toContain('good.csv');
  });

  it('claim no progress that nobody knows', async () => {
    serve(world({ ...RUN, expected: null, eta_s: null }));
    show(<SystemPage />, { store: as('PIP-001') });
    expect((await screen.findByRole('progressbar')).hasAttribute('value')).toBe(false);
  });

  it('are complete when they succeeded, and add up or not', () => {
    expect(progressOf({ state: 'succeeded', read: 3, expected: 9 })).toBe(1);
    expect(progressOf({ state: 'running', read: 12, expected: 10 })).toBe(1);
    expect(addsUp(RUN)).toBe(true);
    expect(addsUp({ ...RUN, held: 0 })).toBe(false);
  });
});

describe('what retention removed', () => {
  const board = (calls: number | null) => ({
    from: '2026-01-01T06:00:00Z',
    to: '2026-01-29T06:00:00Z',
    zone: 'America/Mexico_City',
    sources: [],
    identities: { checked: 0, broken: [] },
    gaps: [],
    dirty: [],
    rejects: [],
    open_calls: null,
    zone_checks: [],
    removed_calls: { kept_since: '2025-08-01T00:00:00Z', removed_at: '2026-02-03T04:00:00Z', calls },
  });

  it.each([
    [1234567, /retiró 1[.,\s]234[.,\s]567 llamadas anteriores/],
    [null, /retiró las llamadas anteriores/],
  ])('is a number only for who sees all segments (%s)', async (calls, sentence) => {
    serve(() => ({ status: 200, body: board(calls) }));
    show(<SystemPage />, { store: as('PIP-003'), path: '/?part=quality' });
    expect(await screen.findByText(sentence)).toBeTruthy();
  });
});

it('tells the quality of days and weeks by the clock of the centre, whatever that of the reader', async () => {
  const body = {
    from: '2026-01-04T18:30:00Z',
    to: '2026-02-06T18:30:00Z',
    zone: 'Asia/Kolkata',
    sources: [],
    identities: { checked: 0, broken: [] },
    gaps: [],
    dirty: [{ name: 'menu_errors', weeks: [], trend: null }],
    rejects: [],
    open_calls: null,
    zone_checks: [],
    removed_calls: null,
  };
  serve(() => ({ status: 200, body }));
  show(<SystemPage />, { store: as('PIP-003'), path: '/?part=quality' });
  const caption = await screen.findByText(/por semanas de Asia\/Kolkata/);
  expect(caption.textContent.replace(/\s/g, ' ')).toContain('del 5 ene 2026, 12:00 a.m. al 7 feb 2026');
});

describe('a change that wants the password afresh', () => {
  it('asks for it, does it again, and keeps the new token', async () => {
    let proven = false;
    const sent = serve(({ method, path }): Reply => {
      if (path.endsWith('/reauthentication')) {
        proven = true;
        return { status: 200, body: { ...ANA, functions: ['USR-004', 'USR-006'], csrf_token: 'renewed' } };
      }
      if (method === 'POST' && path.endsWith('/block'))
        return proven ? { status: 200, body: { ...ZOILA, state: 'blocked' } } : PROOF;
      if (path.startsWith('/api/v1/users/9')) return { status: 200, body: ZOILA };
      return { status: 200, body: { items: [ZOILA], next_cursor: null } };
    });
    show(<SystemPage />, { store: as('USR-004', 'USR-006'), path: '/?part=people&person=9' });
    await userEvent.click(await screen.findByRole('button', { name: 'Bloquear' }));
    await userEvent.type(await screen.findByLabelText('Contraseña'), 'secreta y larga');
    await userEvent.click(screen.getByRole('button', { name: 'Continuar' }));
    await waitFor(() => {
      const blocks = sent.filter(({ path }) => path.endsWith('/block'));
      expect(blocks.map(({ headers }) => headers.get('X-CSRF-Token'))).toEqual([ANA.csrf_token, 'renewed']);
    });
    await waitFor(() => {
      expect(screen.queryByLabelText('Contraseña')).toBeNull();
    });
  });

  it('a wrong password is told, not taken for the end of the session', async () => {
    serve(({ method, path }): Reply => {
      if (path.endsWith('/reauthentication')) return { status: 401, body: { status: 401 } };
      if (method === 'POST') return PROOF;
      if (path.startsWith('/api/v1/users/9')) return { status: 200, body: ZOILA };
      return { status: 200, body: { items: [ZOILA], next_cursor: null } };
    });
    const { store } = show(<SystemPage />, {
      store: as('USR-004', 'USR-006'),
      path: '/?part=people&person=9',
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Bloquear' }));
    await userEvent.type(await screen.findByLabelText('Contraseña'), 'no es esta');
    await userEvent.click(screen.getByRole('button', { name: 'Continuar' }));
    expect(await screen.findByText('La contraseña no es correcta.')).toBeTruthy();
    expect(store.getState().session.status).toBe('in');
  });

  it('is told apart from what is simply forbidden', () => {
    expect(wantsProof({ status: 403, data: PROOF.body })).toBe(true);
    expect(wantsProof({ status: 403, data: { type: 'urn:iact:problem:forbidden' } })).toBe(false);
    expect(wantsProof(undefined)).toBe(false);
  });
});

it('what one may not do to people is not shown', async () => {
  serve(({ path }) =>
    path.startsWith('/api/v1/users/9')
      ? { status: 200, body: ZOILA }
      : { status: 200, body: { items: [ZOILA], next_cursor: null } },
  );
  show(<SystemPage />, { store: as('USR-004'), path: '/?part=people&person=9' });
  await screen.findByText('Zoila', { selector: 'dd' });
  for (const name of ['Bloquear', 'Dar de baja', 'Código de recuperación', 'Nueva persona'])
    expect(screen.queryByRole('button', { name })).toBeNull();
});

it('the trail takes whole days of the zone, and its file asks the same', () => {
  const asked = auditAsked(
    new URLSearchParams('first=2026-03-01&last=2026-03-01&event=signed_in'),
    'America/Mexico_City',
  );
  expect(asked).toEqual({
    from: '2026-03-01T00:00:00-06:00',
    to: '2026-03-02T00:00:00-06:00',
    event: 'SIGNED_IN',
    actorId: null,
  });
  expect(new URLSearchParams(auditFile(asked).split('?')[1]).get('to')).toBe(asked.to);
});

it('a file of a table reads in a spreadsheet and runs nothing there', () => {
  expect(
    csvText(
      ['a', 'b'],
      [
        ['=1+1', null],
        ['x,"y"', -3],
      ],
    ),
  ).toBe('\uFEFFa,b\r\n\'=1+1,\r\n"x,""y""",-3\r\n');
});
