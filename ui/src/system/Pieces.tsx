import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';

import classes from './System.module.css';
import type { Change } from './useAddress';

export type Tone = 'good' | 'warn' | 'bad' | 'none';

export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.state} data-tone={tone}>
      {children}
    </span>
  );
}

/** Names and values; what is null is left out. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {items
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}

interface PagesProps {
  cursor: string | null;
  next: string | null;
  change: Change;
}

/** Keyset pages: onward, and back to the beginning; the browser's Back is the page before. */
export function Pages({ cursor, next, change }: PagesProps) {
  const { t } = useLingui();
  if (cursor === null && next === null) return null;
  return (
    <nav className={classes.pages} aria-label={t`Páginas`}>
      {cursor !== null && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            change({ cursor: null });
          }}
        >
          <Trans>Al principio</Trans>
        </Button>
      )}
      {next !== null && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            change({ cursor: next });
          }}
        >
          <Trans>Siguientes</Trans>
        </Button>
      )}
    </nav>
  );
}

export function Section({ children }: { children: ReactNode }) {
  return <h3 className={classes.section}>{children}</h3>;
}
