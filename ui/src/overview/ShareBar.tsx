import type { CSSProperties, ReactNode } from 'react';

import classes from './ShareBar.module.css';

interface Props {
  ratio: number | null;
  /** Fills the whole bar. */
  largest: number;
  lost?: boolean;
  children: ReactNode;
}

/** A number with its size beside it. */
export function ShareBar({ ratio, largest, lost = false, children }: Props) {
  const part = Math.min(1, (ratio ?? 0) / (largest || 1));
  return (
    <span className={classes.box}>
      <span className={classes.track} aria-hidden="true">
        <span
          className={classes.fill}
          data-lost={lost || undefined}
          style={{ '--part': part } as CSSProperties}
        />
      </span>
      {children}
    </span>
  );
}
