import { Children, type CSSProperties, type ReactNode } from 'react';

import type { Problem } from '~/api/problems';
import { FailedState } from '~/parts/StateViews';

import classes from './Tile.module.css';

interface Props {
  count: number;
  problem: Problem | null;
  retry: () => void;
  /** The tiles and, last, the line beneath them. */
  children: ReactNode;
}

export function TileGrid({ count, problem, retry, children }: Props) {
  const all = Children.toArray(children);
  if (problem) {
    return (
      <section className={classes.tile}>
        <FailedState problem={problem} onRetry={retry} />
      </section>
    );
  }
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <div className={classes.grid} style={{ '--tiles': count } as CSSProperties}>
        {all.slice(0, -1)}
      </div>
      {all.at(-1)}
    </div>
  );
}
