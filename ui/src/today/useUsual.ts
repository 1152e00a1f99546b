import { hoursKnown, lastKnownDay, useHours } from '~/demand/useDemand';
import { useScope } from '~/overview/scope';

import { usualSoFar } from './usual';

/** Calls of the day so far, and what the same weekday usually has by then; null without enough history. */
export function useUsual(): { calls: number; middle: number } | null {
  const scope = useScope();
  const day = lastKnownDay(scope);
  const { points } = useHours(day);
  return usualSoFar(points, hoursKnown(scope, day));
}
