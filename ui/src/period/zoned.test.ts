import { describe, expect, it } from 'vitest';

import { addDays, dayAt, daysBetween, isDay, isoInZone, isZone, startOfDayMs } from './zoned';

const ZONES = [
  'America/Mexico_City',
  'Europe/Madrid',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'UTC',
];

describe('the start of a day', () => {
  it.each([
    ['2025-07-01', 'America/Mexico_City', '2025-07-01T00:00:00-06:00'],
    ['2021-07-01', 'America/Mexico_City', '2021-07-01T00:00:00-05:00'],
    ['2025-03-30', 'Europe/Madrid', '2025-03-30T00:00:00+01:00'],
    ['2025-03-31', 'Europe/Madrid', '2025-03-31T00:00:00+02:00'],
    ['2025-01-15', 'Asia/Kathmandu', '2025-01-15T00:00:00+05:45'],
    // Cairo's clocks jump at midnight: the day begins at one.
    ['2025-04-25', 'Africa/Cairo', '2025-04-25T01:00:00+03:00'],
  ])('%s in %s', (day, zone, iso) => {
    expect(isoInZone(startOfDayMs(day, zone), zone)).toBe(iso);
  });

  it.each(ZONES)('is the first instant of that day, for every day of a year in %s', (zone) => {
    for (let day = '2025-01-01'; day < '2026-01-01'; day = addDays(day, 1)) {
      const start = startOfDayMs(day, zone);
      expect(dayAt(start, zone)).toBe(day);
      expect(dayAt(start - 1, zone) < day).toBe(true);
      expect(Date.parse(isoInZone(start, zone))).toBe(start);
    }
  });

  it('makes days of 23 and 25 hours in Madrid and none in Mexico City', () => {
    const lengths = (zone: string) => {
      const hours = new Set<number>();
      for (let day = '2025-01-01'; day < '2026-01-01'; day = addDays(day, 1)) {
        hours.add((startOfDayMs(addDays(day, 1), zone) - startOfDayMs(day, zone)) / 3_600_000);
      }
      return [...hours].sort();
    };
    expect(lengths('Europe/Madrid')).toEqual([23, 24, 25]);
    expect(lengths('America/Mexico_City')).toEqual([24]);
  });
});

describe('calendar days', () => {
  it('are added and counted across months and leap years', () => {
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2);
  });

  it('are told from texts that only look like them', () => {
    expect(['2025-02-28', '2025-02-30', '2025-13-01', '25-1-1', '', null].map(isDay)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

it('knows a zone from a word', () => {
  expect(['Europe/Madrid', 'UTC', 'Europe/Atlantis', '', null].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
