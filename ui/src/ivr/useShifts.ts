import { useMemo } from 'react';

import { rowsOf } from '~/overview/answers';
import { question, useScope } from '~/overview/scope';
import { type Asked, useAnswer } from '~/overview/useAnswer';

import { type Shift, shiftOf } from './shift';

const VALUES_MAX = 1_000; // every menu or centre of a large platform

export interface Moved {
  value: string;
  calls: number;
  abandoned: number;
  /** Of all calls of its period. */
  share: number;
  before: number | null;
  shift: Shift | null;
}

interface Shifts extends Asked {
  rows: Moved[];
  /** Calls of the period; 0 where there is none. */
  calls: number;
  /** Whether there is another period to hold it against. */
  compared: boolean;
}

/** The shares of all calls that the values of a dimension have, in both periods, the largest first. */
export function useShifts(dimension: 'menu' | 'centre'): Shifts {
  const scope = useScope();
  const ask = {
    metrics: ['calls', 'abandoned'],
    dimensions: [dimension],
    order_by: ['-calls'],
    limit: VALUES_MAX,
  };
  const now = useAnswer(question(scope, ask));
  const then = useAnswer(question(scope, { ...ask, period: scope.previous }), {
    skip: scope.compare === 'none',
  });
  return useMemo(() => {
    const rows = rowsOf(now.answer);
    const earlier = scope.compare === 'none' ? [] : rowsOf(then.answer);
    const sum = (all: typeof rows) => all.reduce((total, row) => total + (row.number('calls') ?? 0), 0);
    const [calls, callsThen] = [sum(rows), sum(earlier)];
    const partsThen = new Map(earlier.map((row) => [row.text(dimension), row.number('calls') ?? 0]));
    return {
      ...now,
      state: { ...now.state, loading: now.state.loading || then.state.loading },
      calls,
      compared: callsThen > 0,
      rows: rows.map((row) => {
        const part = row.number('calls') ?? 0;
        const partThen = partsThen.get(row.text(dimension)) ?? 0;
        return {
          value: row.text(dimension) ?? '',
          calls: part,
          abandoned: row.number('abandoned') ?? 0,
          share: calls > 0 ? part / calls : 0,
          before: callsThen > 0 ? partThen / callsThen : null,
          shift: shiftOf({ part, whole: calls }, { part: partThen, whole: callsThen }),
        };
      }),
    };
  }, [now, then, dimension, scope.compare]);
}
