import { useSyncExternalStore } from 'react';

export function useNarrow(belowPx: number): boolean {
  const query = `(max-width: ${belowPx - 1}px)`;
  return useSyncExternalStore(
    (changed) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', changed);
      return () => {
        media.removeEventListener('change', changed);
      };
    },
    () => window.matchMedia(query).matches,
  );
}
