// Loading, nothing, failure and refusal each have a face; none of them is an empty box.
import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { Link } from 'react-router';

import { askAgain, isOutage } from '~/api/outages';
import type { Problem } from '~/api/problems';
import { useAppDispatch } from '~/app/store';

import { ProblemText } from './ProblemText';
import classes from './StateViews.module.css';

export function Skeleton({ height, width }: { height: number | string; width?: number | string }) {
  return <span className={classes.skeleton} style={{ height, width: width ?? '100%' }} aria-hidden="true" />;
}

export function EmptyState({
  title,
  children,
  as: Title = 'p',
}: {
  title: ReactNode;
  children?: ReactNode;
  /** The heading of a screen that has no other. */
  as?: 'p' | 'h1';
}) {
  return (
    <div className={classes.state}>
      <Title className={classes.title}>{title}</Title>
      {children && <div className={classes.text}>{children}</div>}
    </div>
  );
}

export function FailedState({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const dispatch = useAppDispatch();
  return (
    <div className={classes.state}>
      <div className={classes.text}>
        <ProblemText problem={problem} />
      </div>
      {problem.status !== 403 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            onRetry();
            // What one outage took comes back together.
            if (isOutage(problem)) dispatch(askAgain());
          }}
        >
          <Trans>Reintentar</Trans>
        </Button>
      )}
    </div>
  );
}

export function NoPermission({ functions }: { functions: string | readonly string[] }) {
  return (
    <div className={classes.page}>
      <EmptyState title={<Trans>Su cuenta no incluye esta pantalla</Trans>}>
        <Needed functions={functions} />
      </EmptyState>
    </div>
  );
}

/** What each function is called is fetched when somebody lacks one; without it the codes are enough. */
const Names = lazy(() => import('~/permissions/NeededFunctions').catch(() => ({ default: Codes })));

function Codes({ codes }: { codes: readonly string[] }) {
  return <code>{codes.join(', ')}</code>;
}

/** Which function is missing; of several, any one is enough. */
export function Needed({ functions }: { functions: string | readonly string[] }) {
  const codes = [functions].flat();
  const names = (
    <Suspense fallback={<Codes codes={codes} />}>
      <Names codes={codes} />
    </Suspense>
  );
  return codes.length > 1 ? (
    <Trans>Hace falta una de estas funciones: {names}. Quien administra los permisos puede dársela.</Trans>
  ) : (
    <Trans>Hace falta la función {names}. Quien administra los permisos puede dársela.</Trans>
  );
}

/** For what counts all segments together. */
export function BeyondSegment() {
  return (
    <div className={classes.page}>
      <EmptyState title={<Trans>Esta parte cuenta todos los segmentos juntos</Trans>}>
        <Trans>Su cuenta ve un solo segmento. Quien administra las personas puede cambiarlo.</Trans>
      </EmptyState>
    </div>
  );
}

export function NotFound() {
  return (
    <div className={classes.page}>
      <EmptyState as="h1" title={<Trans>Esta dirección no lleva a ninguna pantalla</Trans>}>
        <Link to="/">
          <Trans>Ir al resumen</Trans>
        </Link>
      </EmptyState>
    </div>
  );
}
