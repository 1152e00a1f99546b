import { useEffect, useState } from 'react';

const MINUTE_MS = 60_000;

/** The minute it is; a page left open overnight finds the new day by itself. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, MINUTE_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}
