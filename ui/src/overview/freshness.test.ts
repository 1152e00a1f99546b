import { describe, expect, it } from 'vitest';

import type { FreshnessBody } from '~/api/generated';

import { dataAsOfMs, movedTags, worstOf } from './useFreshness';

const ZONE = 'America/Mexico_City';
const told = (version: number, data_as_of: string | null, source = 'colas') => ({
  source,
  version,
  data_as_of,
});
const MORNING = '2026-03-10T15:00:00Z';
const NOON = '2026-03-10T18:00:00Z';
const NEXT_DAY = '2026-03-11T06:30:00Z'; // half past midnight there

describe('newer data', () => {
  it('makes nothing out of date where no version has moved', () => {
    expect(movedTags([told(1, MORNING)], [told(1, MORNING)], ZONE)).toEqual([]);
  });

  it('of the same day leaves plans as they are', () => {
    expect(movedTags([told(1, MORNING)], [told(2, NOON)], ZONE)).toEqual(['analytics', 'ivr']);
  });

  it.each([
    ['closes a day', [told(1, NOON)], [told(2, NEXT_DAY)]],
    ['is the first', [told(0, null)], [told(1, NOON)]],
    ['corrects what was read before', [told(1, NOON)], [told(2, NOON)]],
    ['comes from a new source', [told(1, NOON)], [told(1, NOON), told(1, NOON, 'ivr')]],
    ['is of one source less', [told(1, NOON), told(1, NOON, 'ivr')], [told(1, NOON)]],
    [
      'closes a day of one source while another goes on',
      [told(1, MORNING), told(4, NOON, 'ivr')],
      [told(2, NOON), told(5, NEXT_DAY, 'ivr')],
    ],
  ])('that %s makes plans out of date, too', (_what, before, after) => {
    expect(movedTags(before, after, ZONE)).toContain('planning');
  });

  it('counts days in the zone of whoever looks', () => {
    expect(movedTags([told(1, NOON)], [told(2, NEXT_DAY)], 'Pacific/Pago_Pago')).not.toContain('planning');
  });
});

const source = (name: string, data_as_of: string | null, state = 'fresh', kind = 'legacy') =>
  ({ source: name, kind, data_as_of, state }) as FreshnessBody;

describe('how far data reaches', () => {
  const site = source('site', MORNING);
  const other = source('other', NOON);

  it('is as far as the source that lags, where all are read', () => {
    expect(dataAsOfMs([other, site], 'legacy')).toBe(Date.parse(MORNING));
    expect(dataAsOfMs([other, site], 'asterisk')).toBeNull();
  });

  it.each(['2024-03-05T15:00:00Z', '2026-03-08T17:59:59Z'])(
    'is not held back by a source that ended at %s',
    (ended) => {
      const old = source('files-legacy', ended, 'degraded');
      expect(dataAsOfMs([old, site, other], 'legacy')).toBe(Date.parse(MORNING));
      expect(dataAsOfMs([old], 'legacy')).toBe(Date.parse(ended));
    },
  );

  it('is told beside the worst state of what has published, if anything has', () => {
    const typo = source('files-legacy', null, 'no_data');
    const late = source('late', MORNING, 'stale');
    expect(worstOf([typo, other], 'legacy')).toBe(other);
    expect(worstOf([typo, other, late], 'legacy')).toBe(late);
    expect(worstOf([typo], 'legacy')).toBe(typo);
    expect(worstOf([typo], 'asterisk')).toBeNull();
  });
});
