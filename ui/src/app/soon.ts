// Parts of the page that are fetched apart. React hides what a lazy part replaces for 300 ms once it has shown anything
// in its place, even where the part is there already: one that has been awaited is drawn at once.
import { type ComponentType, lazy, type LazyExoticComponent } from 'react';

interface Loaded<P> {
  default: ComponentType<P>;
}

export interface Soon<P> {
  Part: LazyExoticComponent<ComponentType<P>>;
  /** Resolves when the part can be drawn without waiting; a failure is told when it is drawn. */
  ready: () => Promise<void>;
}

export function soon<P = object>(load: () => Promise<Loaded<P>>): Soon<P> {
  let loaded: Loaded<P> | null = null;
  const fetched = () => load().then((part) => (loaded = part));
  return {
    Part: lazy(() => (loaded === null ? fetched() : atOnce(loaded))),
    ready: () =>
      fetched().then(
        () => undefined,
        () => undefined,
      ),
  };
}

/** A promise that calls back before `then` returns, which React takes as known. */
function atOnce<T>(value: T): Promise<T> {
  const then = (done: (value: T) => void) => {
    done(value);
  };
  return { then } as unknown as Promise<T>;
}
