import { expect, it } from 'vitest';

import { toldOf, traySize } from './tray';

it('counts what waits: open alerts that nobody took, and messages that were not read', () => {
  const taken = { acknowledged_at: '2026-01-01T00:00:00Z' };
  expect(traySize([{ acknowledged_at: null }, taken], 3)).toEqual({ firing: 1, unread: 3 });
  expect(traySize(undefined, undefined)).toEqual({ firing: 0, unread: 0 });
});

it('says what a rule looks at', () => {
  expect(
    toldOf({ definition: { kind: 'threshold', metric: 'calls', comparison: 'gte', value: 10 } }),
  ).toEqual({
    metric: 'calls',
    sign: '≥',
    limit: 10,
  });
  expect(toldOf({ definition: { kind: 'missing_data', age_minutes: 60 } })).toEqual({
    metric: null,
    sign: '',
    limit: null,
  });
});
