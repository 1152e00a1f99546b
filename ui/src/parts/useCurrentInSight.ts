import { type RefObject, useEffect, useRef } from 'react';

/** For a row of links that scrolls sideways where it has no room: the one that is current is to be seen. */
export function useCurrentInSight<T extends HTMLElement>(current: string): RefObject<T | null> {
  const row = useRef<T>(null);
  useEffect(() => {
    const around = row.current;
    const link = around?.querySelector('[aria-current=page]');
    if (!around || !link) return;
    // Told when the page has been laid out: asking for it here would have it laid out once more.
    const observer = new IntersectionObserver(
      ([seen]) => {
        observer.disconnect();
        if (!seen || seen.intersectionRatio === 1) return;
        const { rootBounds, boundingClientRect: within } = seen;
        if (rootBounds === null) return;
        around.scrollLeft += within.left - rootBounds.left - (rootBounds.width - within.width) / 2;
      },
      { root: around, threshold: 1 },
    );
    observer.observe(link);
    return () => {
      observer.disconnect();
    };
  }, [current]);
  return row;
}
