import { useEffect, useState } from 'react';

import type { Problem } from '~/api/problems';

const TICK_MS = 250; // a countdown by seconds that is never a second late

/** Seconds still to wait after a 429 or 503, counted down anew for each refusal. */
export function useWait(problem: Problem | null, refusal: unknown): number {
  const [left, setLeft] = useState(0);
  const seconds = problem?.retryAfterS ?? 0;
  useEffect(() => {
    if (seconds === 0) return;
    const until = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    }, TICK_MS);
    return () => {
      clearInterval(timer);
      setLeft(0);
    };
  }, [seconds, refusal]);
  return left;
}
