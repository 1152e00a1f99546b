import { Trans, useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect, useState } from 'react';
import { NavLink, Route, Routes, useSearchParams } from 'react-router';

import { TrayButton } from '~/alerts/TrayButton';
import { useFormat } from '~/format/useFormat';
import { SearchIcon } from '~/parts/icons';
import { NoPermission, NotFound } from '~/parts/StateViews';
import { Wordmark } from '~/parts/Wordmark';
import { travelling } from '~/period/viewState';
import { useAccountPreferences } from '~/session/usePreferences';
import { useMayAny } from '~/session/useSession';

import { LanguageSwitch } from './LanguageSwitch';
import { type Screen, SCREENS } from './screens';
import { usePaletteKey } from './usePaletteKey';
import { UserMenu } from './UserMenu';
import classes from './Workspace.module.css';

const Palette = lazy(() => import('./Palette'));

export default function Workspace() {
  useAccountPreferences();
  const { locale } = useFormat();
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const [params] = useSearchParams();
  const kiosk = params.get('kiosk') === '1';
  return (
    <>
      {!kiosk && <Bar search={travelling(params)} />}
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

function Bar({ search }: { search: string }) {
  const { t } = useLingui();
  const [palette, setPalette] = useState(false);
  usePaletteKey(() => {
    setPalette(true);
  });
  return (
    <>
      <a className={classes.skip} href="#content">
        <Trans>Saltar al contenido</Trans>
      </a>
      <header className={classes.header}>
        <NavLink to={`/${search}`} className={classes.home} aria-label={t`IACT, inicio`}>
          <Wordmark onDark />
        </NavLink>
        <nav className={classes.nav} aria-label={t`Pantallas`}>
          {SCREENS.filter(({ beside }) => !beside).map((screen) => (
            <ScreenLink key={screen.path} screen={screen} search={search} />
          ))}
        </nav>
        <div className={classes.tools}>
          <button
            type="button"
            className={classes.search}
            aria-label={t`Buscar pantallas y acciones`}
            aria-keyshortcuts="Control+K"
            onClick={() => {
              setPalette(true);
            }}
          >
            <SearchIcon />
          </button>
          <TrayButton />
          <LanguageSwitch onDark />
          <UserMenu />
        </div>
      </header>
      {palette && (
        <Suspense>
          <Palette
            onClose={() => {
              setPalette(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function ScreenLink({ screen, search }: { screen: Screen; search: string }) {
  const { i18n } = useLingui();
  const allowed = useMayAny(screen.function);
  if (!allowed) return null;
  return (
    <NavLink to={screen.path + search} end className={classes.link ?? ''}>
      {i18n._(screen.label)}
    </NavLink>
  );
}

function Guarded({ screen }: { screen: Screen }) {
  return useMayAny(screen.function) ? (
    <screen.Page />
  ) : (
    <NoPermission functionCode={[screen.function].flat().join(', ')} />
  );
}
