import { useMemo } from 'react';

import { type Row, rowsOf, totalsOf } from '~/overview/answers';
import { useDataEnd } from '~/overview/dataEnd';
import { question, type Scope, useScope } from '~/overview/scope';
import { type Asked, useAnswer } from '~/overview/useAnswer';

import { type Hand, handsOf, lastHour, MEASURES } from './hands';

const VALUES_MAX = 50; // more are a report, not a glance

export interface Hands extends Asked {
  hands: Hand[];
  total: Row | null;
  /** When the last hour was; null where the period has none. */
  hour: Scope['period'] | null;
  hourTotal: Row | null;
}

export function useHands(): Hands {
  const scope = useScope();
  const { kind, targets } = scope;
  const { dimension, volume, metrics } = MEASURES[kind];
  const hour = lastHour(scope, useDataEnd());
  const ask = { metrics, dimensions: [dimension], order_by: [`-${volume}`], limit: VALUES_MAX, totals: true };
  const asked = useAnswer(question(scope, ask));
  const now = useAnswer(question(scope, { ...ask, period: hour ?? scope.period }), { skip: hour === null });
  const lately = hour ? now.answer : undefined;
  const hands = useMemo(
    () => handsOf({ kind, targets }, rowsOf(asked.answer), rowsOf(lately)),
    [kind, targets, asked.answer, lately],
  );
  return {
    ...asked,
    state: together(asked.state, now.state),
    hands,
    total: totalsOf(asked.answer),
    hour,
    hourTotal: totalsOf(lately),
  };
}

/** Two questions in one block: it is there when both are answered. */
function together(one: Asked['state'], other: Asked['state']): Asked['state'] {
  return {
    loading: one.loading || other.loading,
    renewing: one.renewing || other.renewing,
    problem: one.problem ?? other.problem,
    retry: () => {
      if (one.problem) one.retry();
      if (other.problem) other.retry();
    },
  };
}
