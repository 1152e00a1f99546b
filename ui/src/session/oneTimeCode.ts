// A one-time link carries its code behind the #, which no server ever sees. The code leaves the address bar
// before anything is drawn, so that it is neither bookmarked nor shown over a shoulder.
import { useSyncExternalStore } from 'react';

const CODE = /^#(?:.*&)?code=([A-Za-z0-9_-]{4,200})(?:&|$)/;

let code: string | null = null;
const listeners = new Set<() => void>();

function change(next: string | null): void {
  code = next;
  for (const listener of listeners) listener();
}

export function watchOneTimeCode(target: Window): void {
  const take = () => {
    const found = CODE.exec(target.location.hash)?.[1];
    if (!found) return;
    target.history.replaceState(null, '', target.location.pathname + target.location.search);
    change(found);
  };
  take();
  target.addEventListener('hashchange', take);
}

export function forgetCode(): void {
  change(null);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useOneTimeCode(): string | null {
  return useSyncExternalStore(subscribe, () => code);
}
