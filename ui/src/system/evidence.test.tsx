import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import type { EvidenceItem, FailureLinkRef, MetricsAnswer, QualityCheck } from '~/api/generated';
import { forgetAnswers } from '~/api/etags';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

import { DeliveryDoubts } from './DeliveryDoubts';
import { DeliveryTargets } from './DeliveryTargets';
import {
  byCount,
  evidenceFile,
  inOrder,
  type Metric,
  metricOf,
  METRICS,
  offsetOf,
  pageAsked,
  shownChecks,
  targetTone,
} from './evidence';
import EvidenceDrawer from './EvidenceDrawer';

const WINDOW = {
  from: '2026-03-01T00:00:00Z',
  to: '2026-03-31T00:00:00Z',
  as_of: '2026-03-31T12:00:00.5Z',
  zone: 'UTC',
  granularity: 'week' as const,
  days: 30,
};

function link(grade: FailureLinkRef['grade'], deciding = false): FailureLinkRef {
  return {
    grade,
    deciding,
    reason: `because of ${grade}`,
    failed: '1',
    fix: null,
    incident: null,
    recovered_at: null,
  };
}

function line(id: string, more: Partial<EvidenceItem> = {}): EvidenceItem {
  const deployment = {
    id,
    name: null,
    service: 'gateway',
    environment: 'production',
    version: `v${id}`,
    commits: [],
    at: '2026-03-04T10:00:00Z',
    time_quality: 'exact',
    planned: null,
  };
  return {
    counted: true,
    reason: null,
    value_s: null,
    numerator: null,
    deployment,
    commit: null,
    links: [],
    ...more,
  };
}

function check(name: QualityCheck['name'], count: number): QualityCheck {
  return { name, count, of: 10, share: count / 10, detail: '', examples: count ? [`${name}-example`] : [] };
}

function answered(metric: Metric, items: EvidenceItem[], more: object = {}): Reply {
  const counted = items.filter((item) => item.counted).length;
  const leftOut = Object.fromEntries(items.flatMap(({ reason }) => (reason === null ? [] : [[reason, 1]])));
  const body = { metric, definition: '', scope: {}, window: WINDOW, total: items.length, counted, items };
  return { status: 200, body: { ...body, left_out: leftOut, next_offset: null, ...more } };
}

function open(metric: Metric, reply: (sent: Sent) => Reply | Promise<Reply>, cursor: string | null = null) {
  const sent = serve(reply);
  const changes: Record<string, string | null>[] = [];
  const answer = {
    window: WINDOW,
    exclusions: [
      { of: 'links', reason: 'revert_of_an_unknown_commit', count: 3 },
      { of: 'commits', reason: 'merge', count: 9 },
    ],
  } as unknown as MetricsAnswer;
  const shown = show(
    <EvidenceDrawer metric={metric} answer={answer} cursor={cursor} change={(part) => changes.push(part)} />,
    { store: storeOf({ ...ANA, functions: ['DOR-001'] }) },
  );
  return { sent, changes, shown };
}

beforeEach(forgetAnswers);

describe('what is asked', () => {
  it('is one of the five numbers, or nothing', () => {
    expect(METRICS.map(metricOf)).toEqual([...METRICS]);
    expect(metricOf('velocity')).toBeNull();
    expect(metricOf(null)).toBeNull();
  });

  it.each([
    [null, 0],
    ['50', 50],
    ['0', 0],
    ['-50', 0],
    ['5e1', 0],
    ['99999999', 0],
    ['fifty', 0],
  ])('a page begins after whole rows: %s', (cursor, offset) => {
    expect(offsetOf(cursor)).toBe(offset);
  });

  it('is of one moment on every page and in the file', () => {
    const page = pageAsked('change_fail_rate', WINDOW, '50');
    expect(page).toMatchObject({ metric: 'change_fail_rate', asOf: WINDOW.as_of, offset: 50 });
    const [path, asked] = evidenceFile('change_fail_rate', WINDOW).split('?');
    expect(path).toBe('/api/v1/dora/exports/change_fail_rate');
    expect(Object.fromEntries(new URLSearchParams(asked))).toEqual({
      from: WINDOW.from,
      to: WINDOW.to,
      as_of: WINDOW.as_of,
      format: 'csv',
    });
  });
});

describe('what comes first', () => {
  it('of reasons is the most frequent one', () => {
    expect(byCount({ b: 2, a: 2, c: 7 })).toEqual([
      ['c', 7],
      ['a', 2],
      ['b', 2],
    ]);
  });

  it('of links is the one that decides, then the stronger evidence', () => {
    const given = [link('window'), link('revert'), link('rollback', true), link('explicit')];
    expect(inOrder(given).map(({ grade }) => grade)).toEqual(['rollback', 'explicit', 'revert', 'window']);
  });

  it('of checks are dates, orphans, open incidents and clocks, even when they found nothing', () => {
    const { shown, quiet } = shownChecks([
      check('commits_left_out', 4),
      check('clock_skew', 0),
      check('deliveries_not_understood', 0),
      check('open_incidents', 1),
      check('orphan_deployments', 0),
      check('undated_deployments', 2),
    ]);
    expect(shown.map(({ name }) => name)).toEqual([
      'undated_deployments',
      'orphan_deployments',
      'open_incidents',
      'clock_skew',
      'commits_left_out',
    ]);
    expect(quiet.map(({ name }) => name)).toEqual(['deliveries_not_understood']);
  });

  it('a target that nobody measured is neither good nor bad', () => {
    expect([true, false, null].map((holds) => targetTone({ holds }))).toEqual(['good', 'bad', 'none']);
  });
});

describe('the evidence of a number', () => {
  it('shows each link with its grade, and what does not count with its reason', async () => {
    const { sent } = open('change_fail_rate', () =>
      answered('change_fail_rate', [
        line('3', { counted: false, reason: 'not_yet_judgeable', numerator: false }),
        line('2', { numerator: true, links: [link('rollback'), link('explicit', true)] }),
        line('1', { numerator: false }),
      ]),
    );
    const rows = within(await screen.findByRole('table', { name: 'Uno por uno' })).getAllByRole('row');
    expect(rows).toHaveLength(4);
    expect(rows[1]?.textContent).toContain('No cuenta');
    expect(rows[1]?.textContent).toContain('Demasiado reciente para juzgarlo');
    expect(rows[2]?.textContent).toMatch(/Explícita.*decide.*because of explicit.*Vuelta atrás/);
    expect(rows[3]?.textContent).toContain('No');
    const left = screen.getByRole('table', { name: 'Lo que no cuenta, y por qué' });
    expect(left.textContent).toContain('Demasiado reciente para juzgarlo1');
    const unlinked = screen.getByRole('table', { name: 'Enlaces con un fallo que no se pudieron hacer' });
    expect(unlinked.textContent).toContain('Revierte un commit desconocido3');
    expect(unlinked.textContent).not.toContain('9');
    expect(screen.getByText('2 de 3')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Descargar CSV' }).getAttribute('href')).toBe(
      evidenceFile('change_fail_rate', WINDOW),
    );
    expect(new URLSearchParams(sent[0]?.path.split('?')[1]).get('as_of')).toBe(WINDOW.as_of);
  });

  it('of lead time names the commits and how long each took', async () => {
    const commit = { sha: 'a'.repeat(40), shipped_as: null, subject: 'feat: more', authored_at: null };
    open('change_lead_time', () => answered('change_lead_time', [line('1', { commit, value_s: 7_200 })]));
    const table = await screen.findByRole('table', { name: 'Uno por uno' });
    expect(table.textContent).toContain('aaaaaaaaaa');
    expect(table.textContent).toContain('feat: more');
    expect(table.textContent).toContain('2 h');
    expect(screen.queryByRole('columnheader', { name: 'Prueba' })).toBeNull();
  });

  it('goes on to the next page, back to the first, and closes', async () => {
    const { sent, changes } = open(
      'deployment_frequency',
      () => answered('deployment_frequency', [line('1')], { total: 120, next_offset: 100 }),
      '50',
    );
    await userEvent.click(await screen.findByRole('button', { name: 'Siguientes' }));
    await userEvent.click(screen.getByRole('button', { name: 'Al principio' }));
    await userEvent.click(screen.getByRole('button', { name: 'Cerrar' }));
    expect(changes).toEqual([{ cursor: '100' }, { cursor: null }, { evidence: null, cursor: null }]);
    expect(new URLSearchParams(sent[0]?.path.split('?')[1]).get('offset')).toBe('50');
  });

  it('gives the focus back to what opened it', async () => {
    const opener = document.body.appendChild(document.createElement('button'));
    opener.focus();
    const { shown } = open('change_fail_rate', () => answered('change_fail_rate', [line('1')]));
    const close = await screen.findByRole('button', { name: 'Cerrar' });
    await waitFor(() => {
      expect(document.activeElement).toBe(close);
    });
    shown.unmount();
    await waitFor(() => {
      expect(document.activeElement).toBe(opener);
    });
    opener.remove();
  });

  it('of nothing says so', async () => {
    open('deployment_rework_rate', () => answered('deployment_rework_rate', []));
    expect(await screen.findByText('No hay nada detrás de este número')).toBeTruthy();
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('that cannot be had says why, and can be asked again', async () => {
    let broken = true;
    open('change_fail_rate', () =>
      broken
        ? {
            status: 422,
            body: { status: 422, title: 'No', errors: [{ param: 'service', detail: 'too many' }] },
          }
        : answered('change_fail_rate', [line('1', { numerator: false })]),
    );
    const again = await screen.findByRole('button', { name: 'Reintentar' });
    expect(await screen.findByText(/too many/)).toBeTruthy();
    broken = false;
    await userEvent.click(again);
    expect(await screen.findByRole('table', { name: 'Uno por uno' })).toBeTruthy();
  });
});

it('doubts come with examples, and what is quiet only by its name', async () => {
  serve(() => ({
    status: 200,
    body: {
      scope: {},
      window: WINDOW,
      waiting: 2,
      checks: [check('undated_deployments', 2), check('clock_skew', 0), check('commits_left_out', 0)],
      deliveries: [],
    },
  }));
  show(<DeliveryDoubts />, { store: storeOf({ ...ANA, functions: ['DOR-001'] }) });
  const table = await screen.findByRole('table', { name: 'Qué tan seguros son estos números' });
  expect(table.textContent).toContain('undated_deployments-example');
  expect(table.textContent).toContain('2 de 10');
  expect(within(table).getAllByRole('row')).toHaveLength(3);
  expect(screen.getByText(/Commits sin tiempo de entrega/)).toBeTruthy();
  expect(screen.getByText('2 avisos esperan a ser leídos.')).toBeTruthy();
});

it('targets tell what was measured, and why nobody knows the rest', async () => {
  const target = { unit: 'ratio', bound: 'at_most', definition: '', reason: null, source: 'x.json' };
  const unknown = { value: null, n: null, parts: {}, holds: null, reason: 'coverage.xml is missing' };
  serve(() => ({
    status: 200,
    body: {
      window: WINDOW,
      run: { commit: '3f2a9c1d'.repeat(5), at: '2026-03-30T10:00:00Z' },
      targets: [
        { ...target, name: 'coverage', limit: 0.8, ...unknown },
        {
          ...target,
          name: 'test_pyramid',
          limit: 0.1,
          value: 0.01,
          n: 100,
          parts: { unit: 0.6, integration: 0.31, e2e: 0.09 },
          holds: true,
        },
        { ...target, name: 'complexity', limit: 10, value: 12, n: 40, parts: { above: 2 }, holds: false },
        {
          ...target,
          name: 'critical_repair_time',
          unit: 's',
          limit: 172_800,
          value: 3_600,
          n: 2,
          parts: { open: 1, mean_with_open: 5 },
          holds: true,
        },
      ],
    },
  }));
  show(<DeliveryTargets />, { store: storeOf({ ...ANA, functions: ['DOR-001'] }) });
  await waitFor(() => {
    expect(screen.getByRole('table', { name: 'Metas de calidad' })).toBeTruthy();
  });
  const [, coverage, pyramid, complexity, repair] = screen.getAllByRole('row').map((row) => row.textContent);
  expect(coverage).toMatch(/al menos 80\s?%.*–.*coverage\.xml is missing.*Sin dato/);
  expect(pyramid).toMatch(/60\/31\/9 % de 100 pruebas.*Se cumple/);
  expect(complexity).toMatch(/12; 2 funciones por encima.*No se cumple/);
  expect(repair).toMatch(/48 h de media.*1 h en 2 incidencias; 1 siguen abiertas.*Se cumple/);
});
