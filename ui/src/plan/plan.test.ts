import { describe, expect, it } from 'vitest';

import { daysBegin } from './dayTicks';
import { forecastOf, readPlan, staffingOf } from './planState';
import { expectedLevel, most, totalCalls } from './summary';

const BOTH = ['legacy', 'asterisk'] as const;
const read = (search: string) => readPlan(new URLSearchParams(search), BOTH, '2026-01-01');
const LEARN = { from: '2025-12-01T00:00:00-06:00', to: '2026-01-01T00:00:00-06:00' };

describe('the address of a plan', () => {
  it('begins on the day after the data, for a week, by the hour', () => {
    const plan = read('');
    expect(forecastOf(plan, 'UTC', true)).toEqual({
      source_kind: 'legacy',
      metric: 'transferred',
      from: '2026-01-01',
      to: '2026-01-08',
      interval: 'hour',
      zone: 'UTC',
    });
  });

  it('counts all calls of the IVR only where that is asked for: those that end there need no agent', () => {
    expect(forecastOf(read('of=calls'), 'UTC', true).metric).toBe('calls');
    expect(forecastOf(read('of=offered'), 'UTC', true).metric).toBe('transferred');
    expect(forecastOf(read('of=calls&tab=queues'), 'UTC', true).metric).toBe('offered');
  });

  it('asks queues for what was offered, and filters only for whoever may', () => {
    const plan = read('tab=queues&queue=ventas&start=2026-02-01&days=1&by=15min');
    expect(forecastOf(plan, 'UTC', true)).toMatchObject({
      metric: 'offered',
      to: '2026-02-02',
      interval: '15min',
      filters: [{ dimension: 'queue', op: 'in', values: ['ventas'] }],
    });
    expect(forecastOf(plan, 'UTC', false)).not.toHaveProperty('filters');
  });

  it.each(['days=0', 'days=93', 'days=x', 'days=1e3', 'start=2026-02-30', 'by=week'])(
    'falls back on %s',
    (text) => {
      expect(read(text)).toEqual(read(''));
    },
  );
});

describe('staffing', () => {
  const asked = (search: string, learn: typeof LEARN | null) => {
    const plan = read(search);
    return staffingOf(plan, forecastOf(plan, 'UTC', true), learn);
  };

  it('learns what is not given, and says shares as shares', () => {
    expect(asked('', LEARN)).toMatchObject({
      model: 'erlang_a',
      learn_from: LEARN,
      target: { service_level: 0.8, threshold_s: 20, occupancy_max: 0.85 },
      shrinkage: 0.3,
    });
  });

  it('needs no learning when all is given', () => {
    expect(asked('aht=240&patience=90', LEARN)).not.toHaveProperty('learn_from');
    expect(asked('model=erlang_c&aht=240&patience=90', null)).not.toHaveProperty('patience_s');
  });

  it('is not asked where it cannot be computed', () => {
    expect(asked('aht=240', null)).toBeNull();
    expect(asked('aht=240&patience=90&by=day', LEARN)).toBeNull();
  });

  it('zero agents is a question, no agents is none', () => {
    expect(asked('agents=0', LEARN)?.agents).toBe(0);
    expect(asked('', LEARN)).not.toHaveProperty('agents');
  });
});

describe('what a plan comes to', () => {
  it('sums what is known', () => {
    expect(totalCalls([{ value: 1.5 }, { value: null }, { value: 2 }])).toBe(3.5);
    expect(totalCalls([{ value: null }])).toBeNull();
  });

  it('weighs the level by calls, not by intervals', () => {
    expect(
      expectedLevel([
        { calls: 90, service_level: 1 },
        { calls: 10, service_level: 0 },
        { calls: 0, service_level: 0 },
      ]),
    ).toBe(0.9);
    expect(expectedLevel([{ calls: null, service_level: null }])).toBeNull();
  });

  it('finds the peak, and none among zeros', () => {
    expect(most([1, 3, 2], (n) => n)).toBe(3);
    expect(most([0, 0], (n) => n)).toBeNull();
  });

  it('labels the first interval of each day of the zone', () => {
    const times = ['2026-01-01T05:00:00Z', '2026-01-01T06:00:00Z', '2026-01-01T07:00:00Z'];
    expect(daysBegin(times, 'America/Mexico_City')).toEqual([true, true, false]);
  });
});
