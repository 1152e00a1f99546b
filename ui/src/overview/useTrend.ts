import { useMemo } from 'react';

import { useFormat } from '~/format/useFormat';
import { POINTS_MAX } from '~/period/presets';

import { type Row, rowsOf } from './answers';
import { question, useScope } from './scope';
import { type Asked, useAnswer } from './useAnswer';

export interface Bucket {
  start: string;
  short: string;
  long: string;
  /** The data ends inside it. */
  partial: boolean;
  /** The data ends before it: its zeros are not known to be zeros. */
  future: boolean;
  row: Row;
}

/** Metrics by time bucket; the server made the buckets and filled the gaps. */
export function useTrend(metrics: string[]): Asked & { buckets: Bucket[] } {
  const scope = useScope();
  const format = useFormat();
  const { granularity } = scope;
  const asked = useAnswer(question(scope, { metrics, granularity, limit: POINTS_MAX }));
  const endMs = scope.period.partialFromMs ?? Number.POSITIVE_INFINITY;
  const periodEndMs = Date.parse(scope.period.to);
  const buckets = useMemo(() => {
    const rows = rowsOf(asked.answer).map((row) => ({ row, start: row.text('time') ?? '' }));
    return rows.map(({ row, start }, index): Bucket => {
      const startMs = Date.parse(start);
      const next = rows[index + 1];
      const bucketEndMs = next ? Date.parse(next.start) : periodEndMs;
      return {
        row,
        start,
        short: format.bucketShort(start, granularity),
        long: format.bucket(start, granularity),
        partial: startMs < endMs && endMs < bucketEndMs,
        future: startMs >= endMs,
      };
    });
  }, [asked.answer, format, granularity, endMs, periodEndMs]);
  return { ...asked, buckets };
}

/** A share of fewer calls than this is noise: drawn, it hides the rest; the table still has it. */
export const RATE_CALLS_MIN = 10;

/** A share, where enough calls stand behind it to be drawn. */
export function drawnRate(bucket: Bucket, metric: string, volume: string): number | null {
  return (known(bucket, volume) ?? 0) >= RATE_CALLS_MIN ? known(bucket, metric) : null;
}

/** The value of a metric in a bucket, and nothing where the data has not come yet. */
export function known(bucket: Bucket, metric: string): number | null {
  return bucket.future ? null : bucket.row.number(metric);
}
