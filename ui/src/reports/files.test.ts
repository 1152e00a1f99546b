import { describe, expect, it } from 'vitest';

import { allowedFormats, bytesText, daysAsked, pollEvery, scheduleBody, withActive } from './files';

describe('files', () => {
  it('are looked at often only while one is made', () => {
    expect(pollEvery([{ state: 'done' }, { state: 'running' }])).toBeLessThan(5_000);
    expect(pollEvery([{ state: 'done' }])).toBeGreaterThan(30_000);
    expect(pollEvery(undefined)).toBeGreaterThan(30_000);
  });

  it('come in the formats that both the report and the person have', () => {
    expect(allowedFormats(['csv', 'xlsx', 'pdf'], ['RPT-001', 'RPT-005'])).toEqual(['xlsx']);
    expect(allowedFormats(['csv'], ['RPT-004', 'RPT-005', 'RPT-006'])).toEqual(['csv']);
  });

  it('say their size in the unit that fits', () => {
    expect(bytesText(null, 'es-MX')).toBeNull();
    expect(bytesText(999, 'es-MX')).toMatch(/^999 b/i);
    expect(bytesText(1_250, 'es-ES')).toBe('1,3 kB');
    expect(bytesText(200_000_000, 'es-MX')).toBe('200 MB');
  });

  it('say which days they are about', () => {
    expect(daysAsked({ report: { quarter: '2025-Q3' } })).toEqual({ quarter: '2025-Q3' });
    expect(daysAsked({ report: { from: '2025-07-01', to: '2025-07-08' } })).toEqual({
      from: '2025-07-01',
      to: '2025-07-08',
    });
    expect(daysAsked({ report: { from: 'yesterday', to: 'now' } })).toBeNull();
    expect(daysAsked({ calls: {} })).toBeNull();
  });
});

describe('a schedule', () => {
  const draft = {
    name: 'Lunes',
    report: 'abandonment',
    format: 'csv' as const,
    every: 'week' as const,
    weekday: 2,
    day: 9,
    at: '07:30',
  };
  const scope = { zone: 'Europe/Madrid', segment: 'puebla', kind: 'legacy' as const };

  it('carries only what its calendar needs, and the segment that is on screen', () => {
    expect(scheduleBody(draft, scope, 'es')).toEqual({
      name: 'Lunes',
      report: 'abandonment',
      format: 'csv',
      calendar: { every: 'week', at: '07:30', weekday: 2 },
      segment: 'puebla',
      zone: 'Europe/Madrid',
      language: 'es',
      bom: true,
    });
    const monthly = scheduleBody({ ...draft, every: 'month' }, { ...scope, kind: 'asterisk' }, 'es');
    expect(monthly.calendar).toEqual({ every: 'month', at: '07:30', day: 9 });
    expect(monthly).not.toHaveProperty('segment');
  });

  it('is paused without being changed', () => {
    const request = scheduleBody(draft, scope, 'es');
    expect(withActive({ request }, false)).toEqual({ ...request, active: false });
  });
});
