import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Comparison, SeriesPoint } from '~/api/generated';
import { forgetAnswers } from '~/api/etags';
import { ANA, type Reply, serve, show, storeOf } from '~/testing/page';

import { DeliveryPart } from './DeliveryPart';
import { beforeOf, METRICS, trendOf } from './evidence';

const WEEKS = [0.1, 0.2, null, 0.4].map((value) => ({
  deployments_per_day: value,
  lead_time_s_median: value === null ? null : 3600 * value,
  change_fail_rate: value,
  recovery_s_median: null,
  rework_rate: 0,
})) as SeriesPoint[];
const COMPARISON: Comparison[] = [
  { metric: 'deployment_frequency', before: 2, now: 3, change: 1 },
  { metric: 'change_fail_rate', before: 0.25, now: 0.5, change: 0.25 },
  { metric: 'change_lead_time', before: 7200, now: null, change: null },
  { metric: 'deployment_rework_rate', before: null, now: 0, change: null },
];

const metric = (more: object) => ({ reason: null, definition: 'what it is', n: 4, open: 0, ...more });
const ANSWER = {
  window: { days: 28 },
  series: WEEKS,
  comparison: COMPARISON,
  metrics: {
    deployment_frequency: metric({ per_week: 21 }),
    change_lead_time: metric({ median: null }),
    change_fail_rate: metric({ value: 0.5, numerator: 2, denominator: 4 }),
    failed_deployment_recovery_time: metric({ median: 60 }),
    deployment_rework_rate: metric({ value: 0, numerator: 0, denominator: 4 }),
  },
};

beforeEach(forgetAnswers);

describe('how a metric went', () => {
  it('is its own column of the series, with gaps where nobody knows', () => {
    expect(trendOf('change_fail_rate', WEEKS)).toEqual([0.1, 0.2, null, 0.4]);
    expect(trendOf('change_lead_time', WEEKS)).toEqual([360, 720, null, 1440]);
    expect(trendOf('failed_deployment_recovery_time', WEEKS)).toEqual([null, null, null, null]);
    expect(METRICS.map((each) => trendOf(each, []))).toEqual(METRICS.map(() => []));
  });

  it('was known before or not', () => {
    expect(beforeOf('deployment_frequency', COMPARISON)).toBe(2);
    expect(beforeOf('deployment_rework_rate', COMPARISON)).toBeNull();
    expect(beforeOf('failed_deployment_recovery_time', COMPARISON)).toBeNull();
  });

  it('stands on its card, the window before in the same unit', async () => {
    serve(({ path }): Reply => {
      if (path.startsWith('/api/v1/dora/metrics')) return { status: 200, body: ANSWER };
      return { status: 200, body: { items: [], checks: [], targets: [], next_cursor: null } };
    });
    show(<DeliveryPart />, {
      store: storeOf({ ...ANA, functions: ['DOR-001'] }),
      path: '/sistema?part=delivery',
    });
    await waitFor(() => screen.getByText(/21/));
    const before = (id: string) => document.querySelector(`[data-before="${id}"]`)?.textContent ?? null;
    expect(before('deployment_frequency')).toMatch(/En el período anterior: 14.* por semana/);
    expect(before('change_fail_rate')).toMatch(/En el período anterior: 25.*%/);
    expect(before('change_lead_time')).toMatch(/En el período anterior: 2.*h/);
    expect(before('deployment_rework_rate')).toBeNull();
    const drawn = (id: string) => document.querySelector(`[data-delivery="${id}"] svg`) !== null;
    expect(METRICS.filter(drawn)).toEqual([
      'deployment_frequency',
      'change_lead_time',
      'change_fail_rate',
      'deployment_rework_rate',
    ]);
  });

  it('says nothing of the window before where nobody could tell of failures', async () => {
    const reason = 'This metric needs incidents.';
    const unknown = { value: null, numerator: null, denominator: null, n: null, reason };
    const blind = {
      ...ANSWER,
      series: WEEKS.map((each) => ({ ...each, change_fail_rate: null, rework_rate: null })),
      comparison: [
        { metric: 'change_fail_rate', before: null, now: null, change: null },
        { metric: 'deployment_rework_rate', before: null, now: null, change: null },
      ],
      metrics: {
        ...ANSWER.metrics,
        change_fail_rate: metric(unknown),
        deployment_rework_rate: metric(unknown),
      },
    };
    serve(({ path }): Reply => {
      if (path.startsWith('/api/v1/dora/metrics')) return { status: 200, body: blind };
      return { status: 200, body: { items: [], checks: [], targets: [], next_cursor: null } };
    });
    show(<DeliveryPart />, {
      store: storeOf({ ...ANA, functions: ['DOR-001'] }),
      path: '/sistema?part=delivery',
    });
    await waitFor(() => screen.getByText(/21/));
    for (const id of ['change_fail_rate', 'deployment_rework_rate']) {
      const card = document.querySelector(`[data-delivery="${id}"]`);
      expect(card?.querySelector('strong')?.textContent).toBe('–');
      expect(card?.textContent).toContain(reason);
      expect(card?.textContent).not.toMatch(/período anterior|%/);
      expect(card?.querySelector('svg')).toBeNull();
    }
  });
});
