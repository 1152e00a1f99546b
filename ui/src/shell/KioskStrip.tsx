import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';

import type { FreshnessBody } from '~/api/generated';
import { useFormat } from '~/format/useFormat';

import classes from './ScreenFrame.module.css';

interface Props {
  title: string;
  source: FreshnessBody | null;
  endMs: number | null;
  nowMs: number;
  children: ReactNode;
}

/** For a wall: what it is, the time, and in large letters that the numbers stand still, if they do. */
export function KioskStrip({ title, source, endMs, nowMs, children }: Props) {
  const format = useFormat();
  // Nothing comes by itself from what only a person reads: nobody who looks at a wall may take it for now.
  const still = source !== null && (source.state !== 'fresh' || source.reason_code === 'by_hand');
  return (
    <div className={classes.kiosk} data-kiosk-strip>
      <h1>{title}</h1>
      {children}
      <span className={classes.clock}>{format.time(nowMs)}</span>
      {still && endMs !== null && (
        <p className={classes.stale} role="status">
          <Trans>Sin datos nuevos desde {format.dateTime(endMs)}</Trans>
        </p>
      )}
    </div>
  );
}
