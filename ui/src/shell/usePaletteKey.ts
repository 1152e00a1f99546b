import { useEffect, useEffectEvent } from 'react';

/** Ctrl+K, or Cmd+K where that is the habit. */
export function usePaletteKey(open: () => void): void {
  const opened = useEffectEvent(open);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (
        event.key.toLowerCase() !== 'k' ||
        !(event.ctrlKey || event.metaKey) ||
        event.altKey ||
        event.shiftKey
      )
        return;
      event.preventDefault();
      opened();
    };
    window.addEventListener('keydown', pressed);
    return () => {
      window.removeEventListener('keydown', pressed);
    };
  }, []);
}
