import { describe, expect, it } from 'vitest';

import { changedAddress, DEFAULT_VIEW, readView, travelling, type ViewState, writeView } from './viewState';

const read = (search: string) => readView(new URLSearchParams(search));

describe('the address', () => {
  it('is empty when nothing differs from the defaults', () => {
    expect(writeView(DEFAULT_VIEW).toString()).toBe('');
    expect(read('')).toEqual(DEFAULT_VIEW);
  });

  it.each<[string, Partial<ViewState>]>([
    ['compare=previous_year&kiosk=1', { compare: 'previous_year', kiosk: true }],
    ['tab=queues&queue=ventas', { tab: 'queues', queue: 'ventas' }],
    ['period=quarter&segment=puebla', { period: { kind: 'preset', preset: 'quarter' }, segment: 'puebla' }],
    [
      'from=2025-07-01&to=2025-07-31&every=day&zone=Europe%2FMadrid',
      {
        period: { kind: 'range', first: '2025-07-01', last: '2025-07-31' },
        granularity: 'day',
        zone: 'Europe/Madrid',
      },
    ],
  ])('%s says the view and the view says it', (search, part) => {
    const view = { ...DEFAULT_VIEW, ...part };
    expect(read(search)).toEqual(view);
    expect(writeView(view).toString()).toBe(search);
  });

  it.each([
    'period=century',
    'from=2025-07-31&to=2025-07-01',
    'from=2025-02-30&to=2025-03-01',
    'every=second&zone=Mars%2FOlympus&tab=secret',
    'compare=yesterday&kiosk=yes',
    `segment=${'x'.repeat(200)}`,
  ])('%s cannot be read and breaks nothing', (search) => {
    expect(read(search)).toEqual(DEFAULT_VIEW);
  });
});

describe('a change', () => {
  const search = 'period=7d&kiosk=1&menu=RES&menu=VACIO&segment=puebla';

  it('of the view leaves what a screen keeps in the address for itself', () => {
    const changed = changedAddress(new URLSearchParams(search), { segment: null, compare: 'none' });
    expect(changed.toString()).toBe('period=7d&compare=none&kiosk=1&menu=RES&menu=VACIO');
  });

  it('of the screen takes the view along, and nothing else', () => {
    expect(travelling(new URLSearchParams(search))).toBe('?period=7d&segment=puebla');
    expect(travelling(new URLSearchParams(''))).toBe('');
  });
});
