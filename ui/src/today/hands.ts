// What needs hands: each segment or queue against its target, in the period and in the last hour. Pure.
import type { Row } from '~/overview/answers';
import {
  abandonmentBand,
  abandonmentLimits,
  type Band,
  serviceBand,
  serviceLimits,
  type Targets,
} from '~/overview/bands';
import type { Scope, SourceKind } from '~/overview/scope';
import { isoInZone } from '~/period/zoned';

const QUARTER_MS = 900_000;
const HOUR_MS = 4 * QUARTER_MS;

// Of fewer calls a share says nothing about how it goes now.
export const NOW_CALLS_MIN = 10;

interface Measure {
  dimension: 'segment' | 'queue';
  volume: 'calls' | 'offered';
  /** The share that the target is about. */
  share: 'abandoned_rate' | 'service_level';
  metrics: string[];
  band: (share: number | null, targets: Targets) => Band | null;
  limits: (targets: Targets) => number[];
  /** How far a share lies on the wrong side of the target, 0 where it keeps it. */
  gap: (share: number, targets: Targets) => number;
}

export const MEASURES: Record<SourceKind, Measure> = {
  legacy: {
    dimension: 'segment',
    volume: 'calls',
    share: 'abandoned_rate',
    metrics: ['calls', 'abandoned', 'abandoned_rate'],
    band: abandonmentBand,
    limits: abandonmentLimits,
    gap: (rate, { abandonment }) => Math.max(0, rate - abandonment.optimal_below),
  },
  asterisk: {
    dimension: 'queue',
    volume: 'offered',
    share: 'service_level',
    metrics: ['offered', 'answered', 'abandoned', 'abandoned_rate', 'service_level', 'wait_s_p90'],
    band: serviceBand,
    limits: serviceLimits,
    gap: (level, { service_level: target }) => Math.max(0, target.at_least - level),
  },
};

type Judging = Pick<Scope, 'kind' | 'targets'>;

export interface Hand {
  name: string;
  row: Row;
  band: Band | null;
  /** The last hour; null where the data ends elsewhere or nothing came. */
  hour: Row | null;
  /** How it goes now; null of too few calls. */
  hourBand: Band | null;
  /** Calls that would have to go well for the target to be kept. */
  excess: number;
}

/** First what fails now, the worse the earlier; then what loses most calls beyond its target. */
export function handsOf({ kind, targets }: Judging, rows: Row[], lastHour: Row[]): Hand[] {
  const { dimension, volume, share, band, gap } = MEASURES[kind];
  const hours = new Map(lastHour.map((row) => [row.text(dimension), row]));
  const hands = rows.map((row): Hand => {
    const hour = hours.get(row.text(dimension)) ?? null;
    const level = row.number(share);
    return {
      name: row.text(dimension) ?? '',
      row,
      band: band(level, targets),
      hour,
      hourBand: nowBand({ kind, targets }, hour),
      excess: level === null ? 0 : gap(level, targets) * (row.number(volume) ?? 0),
    };
  });
  const worst = { critical: 2, acceptable: 1, optimal: 0 };
  const now = (hand: Hand) => (hand.hourBand ? worst[hand.hourBand] : 0);
  return hands.sort((a, b) => now(b) - now(a) || b.excess - a.excess || a.name.localeCompare(b.name));
}

export function nowBand({ kind, targets }: Judging, row: Row | null | undefined): Band | null {
  const { volume, share, band } = MEASURES[kind];
  return row && (row.number(volume) ?? 0) >= NOW_CALLS_MIN ? band(row.number(share), targets) : null;
}

/** What is clearly off its target: now, where that can be told, else over the period. */
export function offTarget(hands: Hand[]): Hand[] {
  return hands.filter(({ band, hourBand }) => (hourBand ?? band) === 'critical');
}

/** The whole quarters of the last hour with data, where the period holds them. */
export function lastHour(
  { period, zone }: Pick<Scope, 'period' | 'zone'>,
  endMs: number | null,
): Scope['period'] | null {
  if (endMs === null) return null;
  const toMs = Math.floor(endMs / QUARTER_MS) * QUARTER_MS;
  const fromMs = toMs - HOUR_MS;
  if (fromMs < Date.parse(period.from) || toMs > Date.parse(period.to)) return null;
  return { ...period, from: isoInZone(fromMs, zone), to: isoInZone(toMs, zone), partialFromMs: null };
}
