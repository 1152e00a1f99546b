import { describe, expect, it } from 'vitest';

import type { ReportEntry } from '~/api/generated';
import { createFormat } from '~/format/format';
import type { Scope } from '~/overview/scope';

import { chosenReport, fileAddress, quarterCode, reportAsked } from './reportState';
import { written } from './useCellText';

const scope = (first: string, last: string, segment: string | null = null, kind = 'legacy') =>
  ({ period: { first, last }, zone: 'America/Mexico_City', segment, kind }) as unknown as Scope;

describe('what a report is asked', () => {
  it('names a quarter when the days are one, else the days with their open end', () => {
    expect(quarterCode('2025-07-01', '2025-09-30')).toBe('2025-Q3');
    expect(quarterCode('2025-07-01', '2025-09-29')).toBeNull();
    expect(reportAsked(scope('2025-07-01', '2025-09-30'), 'abandonment')).toEqual({
      code: 'abandonment',
      quarter: '2025-Q3',
      zone: 'America/Mexico_City',
    });
    expect(reportAsked(scope('2025-07-05', '2025-07-05', 'puebla'), 'abandonment')).toMatchObject({
      from: '2025-07-05',
      to: '2025-07-06',
      segment: 'puebla',
    });
  });

  it('asks queues for no segment', () => {
    const asked = reportAsked(scope('2025-07-05', '2025-07-05', 'puebla', 'asterisk'), 'recall-list');
    expect(asked).not.toHaveProperty('segment');
  });

  it('as a file carries the language, and the mark that spreadsheets need', () => {
    const asked = { code: 'abandonment', quarter: '2025-Q3' };
    expect(fileAddress(asked, 'csv', 'es')).toBe(
      '/api/v1/analytics/reports/abandonment?quarter=2025-Q3&format=csv&language=es&bom=true',
    );
    expect(fileAddress(asked, 'xlsx', 'en')).not.toContain('bom');
  });

  it('falls back to the first report', () => {
    const reports = [{ code: 'a' }, { code: 'b' }] as ReportEntry[];
    expect(chosenReport(reports, 'b')?.code).toBe('b');
    expect(chosenReport(reports, 'x')?.code).toBe('a');
    expect(chosenReport([], 'x')).toBeNull();
  });
});

it('writes cells by the type of their column', () => {
  const format = createFormat('es-MX', 'America/Mexico_City');
  expect(written(0.3129, 'ratio', format)).toBe('31.3%');
  expect(written(9214, 'integer', format)).toBe('9,214');
  expect(written(null, 'integer', format)).toBe('–');
  // Dates stay in one line: a narrow column would break them.
  expect(written('2025-07-01', 'date', format)).toBe('1\u00a0jul\u00a02025');
  expect(written('2025-07', 'text', format)).toBe('jul\u00a02025');
  expect(written('2025-13', 'text', format)).toBe('2025-13');
  expect(written('10928253', 'text', format)).toBe('10928253');
});
