import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';

import { Wordmark } from '~/parts/Wordmark';
import { LanguageSwitch } from '~/shell/LanguageSwitch';

import classes from './AuthFrame.module.css';

/** The page before one is in: what this is on one side, the form on the other. */
export function AuthFrame({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  return (
    <div className={classes.page}>
      <title>{t`Entrar · IACT`}</title>
      <aside className={classes.story} aria-hidden="true">
        <Wordmark onDark />
        <p className={classes.claim}>
          <Trans>Cada llamada cuenta, y cada número se puede comprobar.</Trans>
        </p>
        <Waves />
      </aside>
      <main className={classes.side}>
        <div className={classes.corner}>
          <span className={classes.smallMark}>
            <Wordmark />
          </span>
          <LanguageSwitch />
        </div>
        <div className={classes.form}>{children}</div>
      </main>
    </div>
  );
}

// A day of calls: the heights of 24 hours, drawn as bars that fade out towards the night.
const HOURS = [3, 2, 2, 2, 3, 6, 14, 34, 58, 78, 92, 100, 96, 84, 80, 86, 90, 82, 66, 48, 32, 20, 11, 6];

function Waves() {
  return (
    <svg className={classes.waves} viewBox="0 0 480 200" preserveAspectRatio="none" focusable="false">
      {HOURS.map((height, hour) => (
        <rect key={hour} x={hour * 20 + 3} y={200 - height * 1.8} width="14" height={height * 1.8} rx="2" />
      ))}
    </svg>
  );
}
