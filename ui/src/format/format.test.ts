import { describe, expect, it } from 'vitest';

import { createFormat, firstWeekday, NO_VALUE } from './format';

const mx = createFormat('es-MX', 'America/Mexico_City');
const es = createFormat('es-ES', 'Europe/Madrid');
const en = createFormat('en-US', 'America/Mexico_City');
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f\u2009]/g, ' ');

describe('numbers', () => {
  it('follow the locale, not the language', () => {
    expect([mx, es, en].map((format) => format.integer(1234567))).toEqual([
      '1,234,567',
      '1.234.567',
      '1,234,567',
    ]);
    expect(plain(es.percent(0.3055))).toBe('30,6 %');
    expect(plain(mx.percent(0.3055))).toBe('30.6%');
    expect([0.2, 0.125, 0.005, null].map((ratio) => plain(mx.share(ratio)))).toEqual([
      '20%',
      '12.5%',
      '0.5%',
      '–',
    ]);
  });

  it('that cannot be computed are no zeros', () => {
    for (const value of [null, undefined, Number.NaN]) {
      expect([
        mx.integer(value),
        mx.percent(value),
        mx.duration(value),
        mx.clock(value),
        mx.change(value),
      ]).toEqual(Array(5).fill(NO_VALUE));
    }
    expect(mx.integer(0)).toBe('0');
  });

  it('show changes with their sign', () => {
    expect(mx.points(0.0234)).toBe('+2.3 pp');
    expect(mx.points(-0.004)).toBe('-0.4 pp');
    expect(plain(en.change(-0.058))).toBe('-5.8%');
    expect(en.change(0)).toBe('0.0%');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 s', '0:00'],
    [6, '6 s', '0:06'],
    [0.4, '0.4 s', '0:00'],
    [138, '2 min 18 s', '2:18'],
    [120, '2 min', '2:00'],
    [3600, '1 h', '1:00:00'],
    [5430, '1 h 30 min', '1:30:30'],
    [59.7, '1 min', '1:00'],
  ])('%d s', (seconds, words, clock) => {
    expect(plain(mx.duration(seconds))).toBe(words);
    expect(mx.clock(seconds)).toBe(clock);
  });

  it('differ with a sign', () => {
    expect(plain(mx.durationChange(-3))).toBe('-3 s');
    expect(plain(mx.durationChange(65))).toBe('+1 min 5 s');
    expect(plain(mx.durationChange(0))).toBe('0 s');
  });
});

describe('times', () => {
  it('are told in the zone of the screen', () => {
    const instant = '2025-07-01T05:30:00Z';
    expect(plain(mx.dateTime(instant))).toBe('30 jun 2025, 11:30 p.m.');
    expect(plain(es.dateTime(instant))).toBe('1 jul 2025, 7:30');
  });

  it('are as short as their bucket allows', () => {
    expect(plain(en.bucketShort('2025-07-01T08:00:00-06:00', 'hour'))).toBe('8:00 AM');
    expect(en.bucketShort('2025-07-01T00:00:00-06:00', 'day')).toBe('Jul 1');
    expect(plain(en.bucket('2025-07-01T08:00:00-06:00', '15min'))).toBe('Tue, Jul 1, 8:00 AM');
  });

  it('name a range of days once', () => {
    expect(plain(en.dayRange('2025-07-01', '2025-07-31'))).toMatch(/^Jul 1 – 31, 2025$/);
  });
});

describe('the week', () => {
  it('begins where the locale begins it', () => {
    expect(mx.week()).toEqual([7, 1, 2, 3, 4, 5, 6]);
    expect(es.week()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(firstWeekday('en-GB')).toBe(1);
  });

  it('counts from Monday, as the interface does', () => {
    expect([1, 7].map((day) => mx.weekday(day))).toEqual(['lunes', 'domingo']);
  });
});

it('breaks a moment between its day and its time, and nowhere else', () => {
  const at = '2025-12-31T23:02:00-06:00';
  const pieces = ['es-MX', 'es-ES', 'en-US'].map((locale) =>
    createFormat(locale, 'America/Mexico_City').dateTime(at).split(' '),
  );
  expect(pieces.map((each) => each.length)).toEqual([2, 2, 2]);
  expect(pieces.map(([day]) => plain(day ?? ''))).toEqual(['31 dic 2025,', '31 dic 2025,', 'Dec 31, 2025,']);
});

describe('a share beside its limits', () => {
  const { percentBeside } = createFormat('es-MX', 'America/Mexico_City');

  it.each([
    [0.3, '30.0%'],
    [0.3004, '30.04%'],
    [0.2999, '29.99%'],
    [0.30003, '30.003%'],
    [0.29, '29.0%'],
    [0.1996, '19.96%'],
    [0.35, '35.0%'],
    [null, '–'],
  ])('%s is written %s', (share, text) => {
    expect(percentBeside(share, [0.2, 0.3])).toBe(text);
  });

  it('never reads the same on both sides of a limit, down to one in a million', () => {
    for (let parts = 1; parts <= 2_000; parts += 7) {
      const [below, above] = [0.3 - parts / 1e6, 0.3 + parts / 1e6].map((share) =>
        percentBeside(share, [0.3]),
      );
      expect(new Set([below, above, percentBeside(0.3, [0.3])]).size).toBe(3);
    }
  });
});
