import { Trans, useLingui } from '@lingui/react/macro';
import { lazy, type ReactNode, Suspense } from 'react';
import { NavLink, Route, Routes } from 'react-router';

import { useAccountPreferences } from '~/session/usePreferences';
import { useMay } from '~/session/useSession';
import { NoPermission, NotFound } from '~/parts/StateViews';
import { Wordmark } from '~/parts/Wordmark';

import { LanguageSwitch } from './LanguageSwitch';
import { UserMenu } from './UserMenu';
import classes from './Workspace.module.css';

const OverviewPage = lazy(() => import('~/overview/OverviewPage'));

interface Screen {
  path: string;
  label: string;
  /** The function that a person needs to be shown the screen. */
  function: string;
  element: ReactNode;
}

/** Every screen in the order of the bar; a new one is a line here. */
function useScreens(): Screen[] {
  const { t } = useLingui();
  return [{ path: '/', label: t`Resumen`, function: 'RPT-001', element: <OverviewPage /> }];
}

export default function Workspace() {
  useAccountPreferences();
  const { t } = useLingui();
  const screens = useScreens();
  return (
    <>
      <a className={classes.skip} href="#content">
        <Trans>Saltar al contenido</Trans>
      </a>
      <header className={classes.header}>
        <NavLink to="/" className={classes.home} aria-label={t`IACT, inicio`}>
          <Wordmark onDark />
        </NavLink>
        <nav className={classes.nav} aria-label={t`Pantallas`}>
          {screens.map((screen) => (
            <ScreenLink key={screen.path} screen={screen} />
          ))}
        </nav>
        <div className={classes.tools}>
          <LanguageSwitch onDark />
          <UserMenu />
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes.main}>
        <Suspense>
          <Routes>
            {screens.map((screen) => (
              <Route key={screen.path} path={screen.path} element={<Guarded screen={screen} />} />
            ))}
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </main>
    </>
  );
}

function ScreenLink({ screen }: { screen: Screen }) {
  const allowed = useMay(screen.function);
  if (!allowed) return null;
  return (
    <NavLink to={screen.path} end className={classes.link ?? ''}>
      {screen.label}
    </NavLink>
  );
}

function Guarded({ screen }: { screen: Screen }) {
  return useMay(screen.function) ? screen.element : <NoPermission functionCode={screen.function} />;
}
