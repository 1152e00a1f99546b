// From a block of numbers to the file of its question.
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import type { ExportOut, ExportRequest, QueryRequest } from '~/api/generated';
import Workspace from '~/shell/Workspace';
import { analytics, LEGACY, type World } from '~/testing/analytics';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

// Drawing needs a canvas, which is the browser test's business.
vi.mock('~/charts/engine', () => ({
  init: () => ({ setOption: () => undefined, resize: () => undefined, dispose: () => undefined }),
}));

const WORLD: World = {
  sources: [LEGACY],
  numbers: { calls: 1234, abandoned: 432, abandoned_rate: 0.35 },
  values: { segment: ['nacional_A', 'puebla'], weekday: [1], hour_of_day: [9] },
};
const EXPORT = 'Exportar todas las filas';

/** A server that makes the file in two looks: half of it, then all. */
function makingFiles(): { reply: (sent: Sent) => Reply; wanted: () => ExportRequest[] } {
  const numbers = analytics(WORLD);
  const wanted: ExportRequest[] = [];
  let looks = 0;
  const file = (): ExportOut => ({
    id: 'e1',
    kind: 'query',
    format: 'xlsx',
    name: wanted[0]?.name ?? '',
    state: looks > 1 ? 'done' : 'running',
    rows_done: looks > 1 ? 2 : 1,
    rows_total: 2,
    progress: looks > 1 ? 1 : 0.5,
    bytes: looks > 1 ? 6_100 : null,
    detail: null,
    created_at: '2026-01-01T10:00:00Z',
    started_at: '2026-01-01T10:00:00Z',
    finished_at: null,
    expires_at: null,
    schedule_id: null,
    data_as_of: null,
    request: {},
  });
  const reply = (sent: Sent): Reply => {
    if (!sent.path.startsWith('/api/v1/analytics/exports')) return numbers(sent);
    if (sent.method === 'POST') {
      wanted.push(sent.body as ExportRequest);
      return { status: 202, body: file() };
    }
    looks += 1;
    return { status: 200, body: { items: [file()] } };
  };
  return { reply, wanted: () => wanted };
}

const panel = (area: string) => {
  const found = document.querySelector(`[data-panel=${area}]`);
  if (!found) throw new Error(`no block ${area}`);
  return within(found as HTMLElement);
};

beforeEach(forgetAnswers);

it('asks for the file of the very question of a block, in a form of choice, and shows it grow', async () => {
  const { reply, wanted } = makingFiles();
  const sent = serve(reply);
  const store = storeOf({ ...ANA, functions: [...ANA.functions, 'RPT-005'] });
  show(<Workspace />, { store, path: '/servicio?tab=ivr&period=30d&segment=puebla' });
  await screen.findByRole('rowheader', { name: 'Nacional A' });
  await userEvent.click(panel('segments').getByRole('button', { name: EXPORT }));
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(dialog.getByRole('button', { name: 'XLSX' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Hacer el archivo' }));
  const progress = await dialog.findByRole('progressbar');
  expect(progress.getAttribute('value')).toBe('0.5');
  expect(await dialog.findByText(/2 filas/)).toBeTruthy();
  expect(dialog.getByRole('link', { name: 'Archivos' }).getAttribute('href')).toBe('/informes?part=files');

  const [request] = wanted();
  expect(request).toMatchObject({ format: 'xlsx', language: 'es', bom: false });
  expect(request?.name).toMatch(/^iact-2025-12-02-2025-12-31-segmentos$/);
  const shown = sent
    .filter(({ path }) => path === '/api/v1/analytics/query')
    .map(({ body }) => body as QueryRequest)
    .find(({ dimensions, order_by }) => dimensions?.[0] === 'segment' && order_by?.[0] === '-abandoned');
  expect(request?.query).toEqual(shown);
  expect(request?.query?.filters).toEqual([{ dimension: 'segment', op: 'in', values: ['puebla'] }]);
});

it('is offered in the forms that a person may take away, and to nobody else', async () => {
  serve(makingFiles().reply);
  const { unmount } = show(<Workspace />, { path: '/demanda?period=30d' });
  await screen.findByText('1,234', { selector: '[data-value]' });
  await userEvent.click(panel('days').getByRole('button', { name: EXPORT }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByRole('button', { name: 'CSV' })).toBeTruthy();
  expect(dialog.queryByRole('button', { name: 'XLSX' })).toBeNull();
  unmount();
  show(<Workspace />, { store: storeOf({ ...ANA, functions: ['RPT-001'] }), path: '/demanda?period=30d' });
  await screen.findByText('1,234', { selector: '[data-value]' });
  expect(screen.queryByRole('button', { name: EXPORT })).toBeNull();
});
