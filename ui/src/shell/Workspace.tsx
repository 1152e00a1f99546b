import { Trans, useLingui } from '@lingui/react/macro';
import { Suspense } from 'react';
import { NavLink, Route, Routes } from 'react-router';

import { useAccountPreferences } from '~/session/usePreferences';
import { useMay } from '~/session/useSession';
import { NoPermission, NotFound } from '~/parts/StateViews';
import { Wordmark } from '~/parts/Wordmark';

import { LanguageSwitch } from './LanguageSwitch';
import { type Screen, SCREENS } from './screens';
import { UserMenu } from './UserMenu';
import classes from './Workspace.module.css';

export default function Workspace() {
  useAccountPreferences();
  const { t } = useLingui();
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
          {SCREENS.map((screen) => (
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
            {SCREENS.map((screen) => (
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
  const { i18n } = useLingui();
  const allowed = useMay(screen.function);
  if (!allowed) return null;
  return (
    <NavLink to={screen.path} end className={classes.link ?? ''}>
      {i18n._(screen.label)}
    </NavLink>
  );
}

function Guarded({ screen }: { screen: Screen }) {
  return useMay(screen.function) ? <screen.Page /> : <NoPermission functionCode={screen.function} />;
}
