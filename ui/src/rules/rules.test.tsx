import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import type { AlertOut, AlertRuleIn, AlertRuleOut } from '~/api/generated';
import Workspace from '~/shell/Workspace';
import { analytics, LEGACY, QUEUES } from '~/testing/analytics';
import { ANA, type Reply, type Sent, serve, show, storeOf } from '~/testing/page';

import RulesPage from './RulesPage';

const ALL = ['RPT-001', 'RPT-003', ...Array.from({ length: 9 }, (_, at) => `ALR-00${at + 1}`), 'ALR-010'];
const as = (...functions: string[]) => storeOf({ ...ANA, functions });
const RULE: AlertRuleOut = {
  id: '5',
  name: 'Abandono alto',
  severity: 'critical',
  definition: {
    kind: 'threshold',
    source_kind: 'legacy',
    metric: 'abandoned_rate',
    window_minutes: 60,
    comparison: 'gt',
    value: 0.3,
    calls_min: 0,
    filters: [],
  },
  cooldown_s: 3_600,
  group: null,
  own: true,
  owner: 'ana',
  state: 'active',
  detail: null,
  value: 0.35,
  evaluated_at: '2026-01-01T06:00:00Z',
  firing: true,
  last_alert_at: '2026-01-01T06:00:00Z',
  subscribed_from: null,
  created_at: '2026-01-01T05:00:00Z',
  updated_at: '2026-01-01T05:00:00Z',
};
const ALERT: AlertOut = {
  id: '8',
  rule_id: '5',
  rule_name: 'Abandono alto',
  severity: 'critical',
  definition: RULE.definition,
  value: 0.35,
  reference: null,
  since: '2026-01-01T05:00:00Z',
  until: '2026-01-01T06:00:00Z',
  opened_at: '2026-01-01T06:00:00Z',
  resolved_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  note: null,
};
const OTHERS = analytics({
  sources: [LEGACY, QUEUES],
  numbers: { calls: 9 },
  values: { segment: ['puebla'] },
});

interface Kept {
  rules?: AlertRuleOut[];
  alerts?: AlertOut[];
  groups?: { group: string; name: string; active: boolean }[];
  write?: (sent: Sent) => Reply;
}

function keeping({ rules = [RULE], alerts = [ALERT], groups = [], write }: Kept = {}): Sent[] {
  return serve((sent) => {
    const { path, method } = sent;
    if (path === '/api/v1/analytics/query') return OTHERS(sent);
    if (method !== 'GET') return write?.(sent) ?? { status: 204 };
    if (path.startsWith('/api/v1/analytics/alert-rules'))
      return { status: 200, body: { items: rules, next_cursor: null } };
    if (path.startsWith('/api/v1/analytics/alerts'))
      return { status: 200, body: { items: alerts, next_cursor: null } };
    if (path.startsWith('/api/v1/analytics/messages'))
      return { status: 200, body: { unread: 0, items: [], next_cursor: null } };
    if (path.endsWith('/groups')) return { status: 200, body: { items: groups } };
    return OTHERS(sent);
  });
}

beforeEach(forgetAnswers);

describe('what a person may not do', () => {
  it('is refused with a sentence where it is the screen itself', () => {
    keeping();
    show(<Workspace />, { path: '/avisos', store: as('RPT-001') });
    expect(screen.getByText('ALR-001')).toBeTruthy();
  });

  it('is not shown to those who only see, and refused to them by address', async () => {
    keeping();
    const { unmount } = show(<RulesPage />, { path: '/avisos', store: as('ALR-001') });
    expect(await screen.findByText(/Tasa de abandono en el IVR: más de 30%/)).toBeTruthy();
    for (const name of [/^Nueva regla/, /^Cambiar/, /^Borrar/, /^Pausar/])
      expect(screen.queryByRole('button', { name })).toBeNull();
    unmount();
    show(<RulesPage />, { path: '/avisos?edit=new', store: as('ALR-001') });
    expect(screen.getByText('ALR-002')).toBeTruthy();
  });

  it('includes the history, which is not asked for either', () => {
    const sent = keeping();
    show(<RulesPage />, { path: '/avisos?part=alerts&state=all', store: as('ALR-001') });
    expect(screen.getByText('ALR-006')).toBeTruthy();
    expect(sent.some(({ path }) => path.includes('state=all'))).toBe(false);
  });

  it('includes changing a rule of somebody else, of which one may be told', async () => {
    const sent = keeping({ rules: [{ ...RULE, own: false, owner: 'zoila', group: 'AGR-005' }] });
    show(<RulesPage />, { path: '/avisos?edit=5', store: as(...ALL) });
    expect(await screen.findByText('Esa regla no existe o no es suya')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Cambiar/ })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Avisarme de Abandono alto', hidden: true }));
    await waitFor(() => {
      expect(sent.some(({ path }) => path === '/api/v1/analytics/alert-rules/5/subscription')).toBe(true);
    });
  });
});

describe('the rules', () => {
  it('say how they stand', async () => {
    keeping();
    show(<RulesPage />, { path: '/avisos', store: as(...ALL) });
    const row = (await screen.findByText('Abandono alto')).closest('tr');
    if (!row) throw new Error('no row');
    expect(within(row).getByText('Crítica')).toBeTruthy();
    expect(within(row).getByText('Activa')).toBeTruthy();
    expect(await within(row).findByRole('link', { name: 'Alerta abierta' })).toBeTruthy();
    expect(within(row).getByText('Valor 35.0%')).toBeTruthy();
  });

  it('say that there are none', async () => {
    keeping({ rules: [], alerts: [] });
    show(<RulesPage />, { path: '/avisos', store: as(...ALL) });
    expect(await screen.findByText('No hay reglas')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Nueva regla' })).toBeTruthy();
  });

  it('are deleted only when that is said twice', async () => {
    const sent = keeping();
    show(<RulesPage />, { path: '/avisos', store: as(...ALL) });
    await userEvent.click(await screen.findByRole('button', { name: 'Borrar Abandono alto' }));
    const dialog = await screen.findByRole('dialog');
    expect(sent.some(({ method }) => method === 'DELETE')).toBe(false);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Borrar' }));
    await waitFor(() => {
      expect(sent.find(({ method }) => method === 'DELETE')?.path).toBe('/api/v1/analytics/alert-rules/5');
    });
  });
});

describe('the form', () => {
  it('is filled with the rule, says it in words and sends it whole', async () => {
    const sent = keeping({ write: () => ({ status: 200, body: RULE }) });
    show(<RulesPage />, { path: '/avisos?edit=5', store: as(...ALL) });
    const dialog = within(await screen.findByRole('dialog'));
    const value = await dialog.findByLabelText<HTMLInputElement>('Límite');
    expect(value.value).toBe('30');
    await userEvent.clear(value);
    await userEvent.type(value, '45');
    expect(dialog.getByRole('status').textContent).toContain('Tasa de abandono en el IVR: más de 45%');
    await userEvent.click(dialog.getByRole('button', { name: 'Guardar' }));
    await waitFor(() => {
      expect(screen.queryByRole('dialog')).toBeNull();
    });
    const put = sent.find(({ method }) => method === 'PUT');
    expect(put?.path).toBe('/api/v1/analytics/alert-rules/5');
    const body = put?.body as AlertRuleIn;
    expect(body).toMatchObject({ name: 'Abandono alto', cooldown_s: 3_600, group: null });
    expect(body.definition).toEqual({ ...RULE.definition, value: 0.45 });
  });

  it('shows what is refused beside its field, and goes there', async () => {
    const errors = [{ param: 'definition.threshold.window_minutes', detail: 'is too short' }];
    keeping({ write: () => ({ status: 422, body: { status: 422, detail: 'no', errors } }) });
    show(<RulesPage />, { path: '/avisos?edit=5', store: as(...ALL) });
    const dialog = within(await screen.findByRole('dialog'));
    const window = await dialog.findByLabelText('Ventana');
    await userEvent.click(dialog.getByRole('button', { name: 'Guardar' }));
    expect(await dialog.findByText('is too short')).toBeTruthy();
    expect(window.getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(window);
    expect(dialog.queryByRole('alert')).toBeNull();
  });

  it('says of a name that is taken that it is the name', async () => {
    const type = 'urn:iact:problem:alert-rule-name-taken';
    keeping({ write: () => ({ status: 409, body: { status: 409, type, detail: 'taken' } }) });
    show(<RulesPage />, { path: '/avisos?edit=5', store: as(...ALL) });
    const dialog = within(await screen.findByRole('dialog'));
    const name = await dialog.findByLabelText('Nombre');
    await userEvent.click(dialog.getByRole('button', { name: 'Guardar' }));
    expect(await dialog.findByText('Ya tiene una regla con ese nombre.')).toBeTruthy();
    expect(name.getAttribute('aria-invalid')).toBe('true');
  });

  it('calls the groups that may see it by what they are for, and by their code', async () => {
    const active = true;
    keeping({
      groups: [
        { group: 'AGR-004', name: 'data_exporter', active },
        { group: 'AGR-011', name: 'Turno de noche', active },
      ],
    });
    show(<RulesPage />, { path: '/avisos?edit=5', store: as(...ALL, 'ACC-003') });
    const dialog = within(await screen.findByRole('dialog'));
    expect(await dialog.findByRole('option', { name: 'Exportación de datos (AGR-004)' })).toBeTruthy();
    expect(dialog.getByRole('option', { name: 'Turno de noche (AGR-011)' })).toBeTruthy();
  });

  it('offers only missing data to who may not see numbers', async () => {
    keeping();
    show(<RulesPage />, { path: '/avisos?edit=new', store: as('ALR-001', 'ALR-002') });
    const dialog = within(await screen.findByRole('dialog'));
    expect(await dialog.findByLabelText('Sin datos nuevos desde hace más de')).toBeTruthy();
    expect(dialog.queryByRole('button', { name: 'Un límite' })).toBeNull();
  });
});

describe('alerts', () => {
  it('are taken with a note', async () => {
    const sent = keeping({ write: () => ({ status: 200, body: ALERT }) });
    show(<RulesPage />, { path: '/avisos?part=alerts', store: as(...ALL) });
    await userEvent.click(await screen.findByRole('button', { name: 'Atender Abandono alto' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText('Nota'), 'Lo veo');
    await userEvent.click(dialog.getByRole('button', { name: 'Atender' }));
    await waitFor(() => {
      expect(sent.find(({ method }) => method === 'POST')).toMatchObject({
        path: '/api/v1/analytics/alerts/8/acknowledgement',
        body: { note: 'Lo veo' },
      });
    });
  });

  it('say what was measured, against what, and who took care', async () => {
    const change = { ...RULE.definition, kind: 'change', compare: 'previous_week' };
    const alert = { ...ALERT, definition: change, value: 0.5, reference: 0.2, note: 'Ya está' };
    const taken = { acknowledged_at: '2026-01-01T07:00:00Z', acknowledged_by: 'zoila' };
    keeping({ alerts: [{ ...alert, ...taken, resolved_at: '2026-01-01T08:00:00Z' }] });
    show(<RulesPage />, { path: '/avisos?part=alerts&rule=5', store: as(...ALL) });
    const row = (await screen.findByText('Abandono alto', { selector: 'strong' })).closest('tr');
    for (const part of ['+50.0%', 'frente a 20.0%', 'Terminada', 'zoila', 'Ya está'])
      expect(row?.textContent).toContain(part);
    expect(screen.queryByRole('button', { name: /^Atender/ })).toBeNull();
  });
});
