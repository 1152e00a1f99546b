import { Trans } from '@lingui/react/macro';
import { type ReactNode, useEffect } from 'react';
import { Link, Navigate, useLocation, useSearchParams } from 'react-router';

import { useAppSelector } from '~/app/store';
import { EmptyState, FailedState, Needed, Skeleton } from '~/parts/StateViews';
import { useKeepPreference } from '~/session/usePreferences';

import { startPreference, startView, VIEW_PARAM } from './address';
import { KEEP_VIEWS, type Opening } from './useOpening';
import classes from './ViewGate.module.css';

/** The screen, once it is known what the saved view asks; or why that view cannot be opened. */
export function ViewGate({ opening, children }: { opening: Opening; children: ReactNode }) {
  switch (opening.state) {
    case 'none':
    case 'opened':
      return children;
    case 'elsewhere':
      return <Navigate to={opening.to} replace />;
    case 'waiting':
      return (
        <div className={classes.page}>
          <Skeleton height={36} width={320} />
          <Skeleton height={400} />
        </div>
      );
    case 'failed':
      return (
        <div className={classes.page}>
          <FailedState problem={opening.problem} onRetry={opening.retry} />
        </div>
      );
    case 'missing':
      return <Missing id={opening.id} />;
    case 'refused':
      return (
        <Closed title={<Trans>Su cuenta no incluye vistas guardadas</Trans>}>
          <Needed functions={KEEP_VIEWS} />
        </Closed>
      );
    case 'foreign':
      return (
        <Closed title={<Trans>Esta vista no lleva a ninguna pantalla</Trans>}>
          <Trans>La hizo otro programa, que solo guardó su pregunta.</Trans>
        </Closed>
      );
  }
}

function Missing({ id }: { id: string }) {
  const keep = useKeepPreference();
  const own = useAppSelector((state) => state.session.user?.preferences.default_view);
  const first = startView(own) === id;
  useEffect(() => {
    // The page does not begin with what is not there.
    if (first) keep({ default_view: startPreference(null) });
  }, [first, keep]);
  return (
    <Closed title={<Trans>Esa vista no existe</Trans>}>
      <Trans>Quien la guardó la borró, o ya no la comparte con usted.</Trans>
    </Closed>
  );
}

function Closed({ title, children }: { title: ReactNode; children: ReactNode }) {
  const { pathname } = useLocation();
  const [address] = useSearchParams();
  const without = new URLSearchParams(address);
  without.delete(VIEW_PARAM);
  return (
    <div className={classes.page}>
      <EmptyState title={title}>
        <p>{children}</p>
        <Link to={`${pathname}?${without.toString()}`}>
          <Trans>Seguir sin la vista</Trans>
        </Link>
      </EmptyState>
    </div>
  );
}
