import { describe, expect, it } from 'vitest';

import type { HourPoint } from '~/demand/expected';
import { hourPoints } from '~/demand/expected';
import type { Row } from '~/overview/answers';
import { serviceBand } from '~/overview/bands';
import type { SourceKind } from '~/overview/scope';
import { resolvePeriod } from '~/period/presets';
import { hourAt } from '~/period/zoned';
import { TARGETS } from '~/testing/analytics';

import { handsOf, lastHour, nowBand, offTarget } from './hands';
import { usualSoFar } from './usual';

const row = (cells: Record<string, string | number>): Row => ({
  text: (name) => (name in cells ? String(cells[name]) : null),
  number: (name) => (typeof cells[name] === 'number' ? cells[name] : null),
  flag: () => false,
});
const segment = (name: string, calls: number, rate: number) =>
  row({ segment: name, calls, abandoned_rate: rate });
const judging = (kind: SourceKind, targets = TARGETS) => ({ kind, targets });
const names = (kind: SourceKind, rows: Row[], hour: Row[] = []) =>
  handsOf(judging(kind), rows, hour).map(({ name }) => name);

describe('what needs hands', () => {
  it('is first what loses most calls beyond its target, not what is largest or worst by share', () => {
    const rows = [segment('large', 5_000, 0.1), segment('tiny', 20, 0.9), segment('lossy', 1_000, 0.35)];
    expect(names('legacy', rows)).toEqual(['lossy', 'tiny', 'large']);
  });

  it('is before that what fails in the last hour', () => {
    const rows = [segment('lossy', 1_000, 0.35), segment('turning', 800, 0.1)];
    const hour = [segment('lossy', 40, 0.1), segment('turning', 40, 0.5)];
    expect(names('legacy', rows, hour)).toEqual(['turning', 'lossy']);
    expect(offTarget(handsOf(judging('legacy'), rows, hour)).map(({ name }) => name)).toEqual(['turning']);
  });

  it('does not judge an hour by a handful of calls', () => {
    expect(nowBand(judging('legacy'), segment('quiet', 9, 1))).toBeNull();
    expect(nowBand(judging('legacy'), segment('quiet', 10, 1))).toBe('critical');
    expect(nowBand(judging('legacy'), null)).toBeNull();
  });

  it('of queues is a service level below its target', () => {
    const queue = (name: string, level: number) => row({ queue: name, offered: 100, service_level: level });
    const hands = handsOf(
      judging('asterisk'),
      [queue('good', 0.8), queue('near', 0.79), queue('bad', 0.5)],
      [],
    );
    expect(hands.map(({ name, band }) => [name, band])).toEqual([
      ['bad', 'critical'],
      ['near', 'acceptable'],
      ['good', 'optimal'],
    ]);
    expect(hands.map(({ excess }) => Math.round(excess))).toEqual([30, 1, 0]);
  });

  it('is judged by what the centre holds itself to', () => {
    const rows = [segment('puebla', 1_000, 0.12), segment('nacional', 1_000, 0.05)];
    const strict = { ...TARGETS, abandonment: { optimal_below: 0.05, critical_above: 0.1 } };
    const judged = (targets: typeof TARGETS) =>
      handsOf(judging('legacy', targets), rows, []).map(({ name, band, excess }) => [
        name,
        band,
        Math.round(excess),
      ]);
    expect(judged(strict)).toEqual([
      ['puebla', 'critical', 70],
      ['nacional', 'acceptable', 0],
    ]);
    expect(judged(TARGETS).map(([, band]) => band)).toEqual(['optimal', 'optimal']);
    expect([0.9, 0.85, 0.7].map((level) => serviceBand(level, TARGETS))).toEqual([
      'optimal',
      'optimal',
      'acceptable',
    ]);
  });

  it('knows no level of no calls', () => {
    expect(serviceBand(null, TARGETS)).toBeNull();
    expect(handsOf(judging('legacy'), [row({ segment: 'none', calls: 0 })], [])[0]).toMatchObject({
      band: null,
      excess: 0,
    });
  });
});

describe('the last hour', () => {
  const zone = 'Europe/Madrid';
  const at = (end: string, day = end.slice(0, 10)) => {
    const endMs = Date.parse(end);
    const period = resolvePeriod(
      { kind: 'range', first: day, last: day },
      { nowMs: endMs, dataAsOfMs: endMs, zone },
    );
    return lastHour({ period, zone }, endMs);
  };

  it('ends with the last whole quarter that has data', () => {
    expect(at('2025-07-01T14:52:10+02:00')).toMatchObject({
      from: '2025-07-01T13:45:00+02:00',
      to: '2025-07-01T14:45:00+02:00',
    });
  });

  it('is an hour of time where the clock skips one', () => {
    expect(at('2025-03-30T03:30:00+02:00')).toMatchObject({
      from: '2025-03-30T01:30:00+01:00',
      to: '2025-03-30T03:30:00+02:00',
    });
  });

  it('is none just after midnight, of another day, and without data', () => {
    expect(at('2025-07-01T00:40:00+02:00')).toBeNull();
    expect(at('2025-07-02T12:00:00+02:00', '2025-07-01')).toBeNull();
    const period = resolvePeriod({ kind: 'preset', preset: 'today' }, { nowMs: 0, dataAsOfMs: null, zone });
    expect(lastHour({ period, zone }, null)).toBeNull();
  });
});

describe('what is usual by now', () => {
  const point = (hour: number, calls: number | null, middle: number | null): HourPoint => ({
    hour,
    calls,
    expected: middle === null ? null : { low: 0, middle, high: middle * 2, spread: 1 },
  });

  it('counts the running hour by the part that has passed', () => {
    const points = [point(0, 10, 8), point(1, 5, 8), point(2, null, 100)];
    expect(usualSoFar(points, 1.5)).toEqual({ calls: 15, middle: 12 });
  });

  it('is unknown where an hour has no history', () => {
    expect(usualSoFar([point(0, 10, null)], 24)).toBeNull();
    expect(usualSoFar([point(0, 10, 8), point(1, null, null)], 1)).toEqual({ calls: 10, middle: 8 });
  });

  it('has no calls in hours that have not come', () => {
    const rows = [row({ time: '2025-07-01T00:00:00+02:00', hour_of_day: 13, calls: 4 })];
    const calls = hourPoints(rows, 'calls', '2025-07-01', 14.5).map((each) => each.calls);
    expect(calls.slice(12)).toEqual([0, 4, 0, ...Array<null>(9).fill(null)]);
  });

  it('reads the clock of the zone', () => {
    expect(hourAt(Date.parse('2025-07-01T12:30:00Z'), 'Europe/Madrid')).toBe(14.5);
  });
});
