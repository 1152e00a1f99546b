import { describe, expect, it } from 'vitest';

import type { LegOut, QueueCallDetail } from '~/api/generated';
import type { Scope } from '~/overview/scope';

import { callsRequest, changedCalls, readCalls } from './callsState';
import { barOf, momentsOf, secondsBetween } from './timeline';

const read = (search: string, kind: 'legacy' | 'asterisk' = 'legacy') =>
  readCalls(new URLSearchParams(search), kind);

describe('the address of the list', () => {
  it('takes one parameter a dimension, with its type', () => {
    const { cell, metric } = read('menu=VACIO&hour_of_day=9&is_holiday=true&metric=abandoned');
    expect(cell).toEqual({ menu: 'VACIO', hour_of_day: 9, is_holiday: true });
    expect(metric).toBe('abandoned');
  });

  it('leaves what the bar asks to the bar, and what the kind does not know out', () => {
    expect(read('segment=puebla&exit=abandoned').cell).toEqual({});
    expect(read('queue=ventas&exit=abandoned', 'asterisk').cell).toEqual({ exit: 'abandoned' });
  });

  it.each(['hour_of_day=nine', 'is_holiday=maybe', `menu=${'x'.repeat(300)}`])(
    'does not break on %s',
    (text) => {
      expect(read(text).cell).toEqual({});
    },
  );

  it('has a recall list for queues only', () => {
    expect(read('list=recall').list).toBe('calls');
    expect(read('list=recall', 'asterisk').list).toBe('recall');
  });

  it('another question begins on its first page, and a page keeps the question', () => {
    const now = new URLSearchParams('menu=VACIO&cursor=abc&call=7');
    expect(changedCalls(now, { outcome: 'transferred' }).toString()).toBe('menu=VACIO&outcome=transferred');
    expect(changedCalls(now, { cursor: 'def' }).get('menu')).toBe('VACIO');
    expect(changedCalls(now, { call: null }).toString()).toBe('menu=VACIO&cursor=abc');
  });

  it('asks the bar’s filter, the cell and the metric', () => {
    const scope = {
      kind: 'legacy',
      period: { from: 'a', to: 'b' },
      zone: 'UTC',
      segment: 'puebla',
      queue: null,
    } as unknown as Scope;
    const request = callsRequest(scope, { cell: { menu: 'VACIO' }, metric: 'abandoned', cursor: null });
    expect(request).toMatchObject({
      source_kind: 'legacy',
      time: { from: 'a', to: 'b', zone: 'UTC' },
      filters: [{ dimension: 'segment', op: 'in', values: ['puebla'] }],
      cell: { menu: 'VACIO' },
      metric: 'abandoned',
    });
    expect(request).not.toHaveProperty('cursor');
  });
});

describe('the story of a call', () => {
  const leg = (started_at: string, ended_at: string): LegOut =>
    ({ started_at, ended_at, agent: null, disposition: 'answered' }) as unknown as LegOut;
  const call = {
    entered_at: '2025-12-31T07:00:10-06:00',
    ended_at: '2025-12-31T07:00:40-06:00',
    legs: [
      leg('2025-12-31T07:00:20-06:00', '2025-12-31T07:00:40-06:00'),
      leg('2025-12-31T07:00:00-06:00', '2025-12-31T07:00:40-06:00'),
    ],
    steps: [],
  } as unknown as QueueCallDetail;

  it('is told in order, and ends with the exit', () => {
    expect(momentsOf(call).map(({ kind }) => kind)).toEqual(['leg', 'entered', 'leg', 'exit']);
  });

  it('has no exit while it is open', () => {
    expect(momentsOf({ ...call, ended_at: null }).map(({ kind }) => kind)).toEqual(['leg', 'entered', 'leg']);
  });

  it('lies on the length of the whole', () => {
    const moments = momentsOf(call);
    const bars = moments.map((moment) => barOf(moment, moments));
    expect(bars[0]).toEqual({ left: 0, width: 1 });
    expect(bars[1]).toEqual({ left: 0.25, width: 0.75 });
    for (const { left, width } of bars) expect(left + width).toBeLessThanOrEqual(1);
  });

  it('measures no time below zero', () => {
    expect(secondsBetween('2025-01-01T00:00:10Z', '2025-01-01T00:00:00Z')).toBe(0);
    expect(secondsBetween('2025-01-01T00:00:10Z', null)).toBeNull();
  });
});
