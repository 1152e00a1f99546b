import { describe, expect, it } from 'vitest';

import { callsAddress } from './CallsLink';
import { type Command, matching } from './commands';

const command = (group: string, label: string): Command => ({
  id: label,
  group,
  label,
  run: () => undefined,
});
const COMMANDS = [
  command('Ir a', 'Demanda'),
  command('Periodo', '7 días'),
  command('Periodo', 'Hoy'),
  command('Frente a', 'Un año antes'),
];

describe('the palette finds', () => {
  it.each([
    ['', ['Demanda', '7 días', 'Hoy', 'Un año antes']],
    ['dem', ['Demanda']],
    ['DIAS', ['7 días']],
    ['periodo h', ['Hoy']],
    ['ano', ['Un año antes']],
    ['manda', []],
  ])('for «%s» %j', (typed, labels) => {
    expect(matching(COMMANDS, typed).map(({ label }) => label)).toEqual(labels);
  });
});

describe('the way to the calls', () => {
  const scope = {
    kind: 'legacy' as const,
    period: {
      first: '2025-12-02',
      last: '2025-12-31',
      from: '',
      to: '',
      days: 30,
      anchored: false,
      partialFromMs: null,
    },
    zone: 'America/Mexico_City',
    segment: 'puebla',
    queue: 'ventas',
  };
  const params = (address: string) =>
    Object.fromEntries(new URLSearchParams(address.slice(address.indexOf('?'))));

  it('says which days, which zone and which filter', () => {
    expect(params(callsAddress(scope))).toEqual({
      tab: 'ivr',
      from: '2025-12-02',
      to: '2025-12-31',
      zone: 'America/Mexico_City',
      segment: 'puebla',
    });
  });

  it('narrows to a cell, and leaves out what has no value', () => {
    const address = callsAddress(
      { ...scope, kind: 'asterisk' },
      {
        cell: { wait_band: '61-120', agent: null },
        days: { first: '2025-12-31', last: '2025-12-31' },
        metric: 'abandoned',
      },
    );
    expect(params(address)).toEqual({
      tab: 'queues',
      from: '2025-12-31',
      to: '2025-12-31',
      zone: 'America/Mexico_City',
      queue: 'ventas',
      wait_band: '61-120',
      metric: 'abandoned',
    });
  });

  it('carries names with signs of their own', () => {
    expect(params(callsAddress(scope, { cell: { menu: 'A&B=C #1' } })).menu).toBe('A&B=C #1');
  });
});
