import { type RefObject, useEffect, useRef } from 'react';

/** For a row of links that scrolls sideways where it has no room: the one that is current is to be seen. */
export function useCurrentInSight<T extends HTMLElement>(current: string): RefObject<T | null> {
  const row = useRef<T>(null);
  useEffect(() => {
    const link = row.current?.querySelector('[aria-current=page]');
    if (!row.current || !link || row.current.scrollWidth <= row.current.clientWidth) return;
    const [around, within] = [row.current.getBoundingClientRect(), link.getBoundingClientRect()];
    row.current.scrollLeft += within.left - around.left - (around.width - within.width) / 2;
  }, [current]);
  return row;
}
