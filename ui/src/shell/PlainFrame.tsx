// A screen that is not about a period of calls: its name, its parts, and the person's own zone.
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { useCurrentInSight } from '~/parts/useCurrentInSight';

import classes from './ScreenFrame.module.css';

export interface FramePart {
  id: string;
  label: string;
  /** Where it stands. */
  to: string;
}

interface Props {
  title: string;
  parts?: { label: string; current: string; items: FramePart[] };
  /** What the screen can be asked, under its name. */
  bar?: ReactNode;
  children: ReactNode;
}

export function PlainFrame({ title, parts, bar, children }: Props) {
  const row = useCurrentInSight<HTMLElement>(parts?.current ?? '');
  return (
    <>
      <title>{`${title} · IACT`}</title>
      <div className={classes.strip}>
        <div className={classes.headline}>
          <h1>{title}</h1>
          {parts && parts.items.length > 1 && (
            <nav ref={row} className={`${classes.tabs} ${classes.parts}`} aria-label={parts.label}>
              {parts.items.map(({ id, label, to }) => (
                <Link
                  key={id}
                  to={to}
                  className={`${classes.tab} ${classes.part}`}
                  aria-current={id === parts.current ? 'page' : undefined}
                >
                  {label}
                </Link>
              ))}
            </nav>
          )}
        </div>
        {bar}
      </div>
      <div className={classes.page}>{children}</div>
    </>
  );
}
