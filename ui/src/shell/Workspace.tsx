import { Trans, useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect, useState } from 'react';
import { NavLink, Route, Routes, useLocation, useSearchParams } from 'react-router';

import { TrayButton } from '~/alerts/TrayButton';
import { useFormat } from '~/format/useFormat';
import { SearchIcon } from '~/parts/icons';
import { NoPermission, NotFound } from '~/parts/StateViews';
import { useCurrentInSight } from '~/parts/useCurrentInSight';
import { Wordmark } from '~/parts/Wordmark';
import { travelling } from '~/period/viewState';
import { useAccountPreferences } from '~/session/usePreferences';
import { useMayAny } from '~/session/useSession';
import { OpenedContext, useAddressParams } from '~/views/opened';
import { useOpening } from '~/views/useOpening';
import { ViewGate } from '~/views/ViewGate';
import { ViewsButton } from '~/views/ViewsButton';

import { LanguageSwitch } from './LanguageSwitch';
import { type Screen, SCREENS } from './screens';
import { usePaletteKey } from './usePaletteKey';
import { UserMenu } from './UserMenu';
import classes from './Workspace.module.css';

const Palette = lazy(() => import('./Palette'));
const PATHS = SCREENS.map(({ path }) => path);

/** Waits for the screen of an address, so that it is drawn together with what it stands in. */
export function screenReady(path: string): Promise<void> {
  return SCREENS.find((screen) => screen.path === path)?.ready() ?? Promise.resolve();
}

export default function Workspace() {
  useAccountPreferences();
  const { locale } = useFormat();
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const [params] = useSearchParams();
  const kiosk = params.get('kiosk') === '1';
  const opening = useOpening(PATHS);
  return (
    <OpenedContext value={opening.state === 'opened' ? opening.opened : null}>
      {!kiosk && <Bar />}
      <main id="content" tabIndex={-1} className={classes.main}>
        <Suspense>
          <ViewGate opening={opening}>
            <Routes>
              {SCREENS.map((screen) => (
                <Route key={screen.path} path={screen.path} element={<Guarded screen={screen} />} />
              ))}
              <Route path="*" element={<NotFound />} />
            </Routes>
          </ViewGate>
        </Suspense>
      </main>
    </OpenedContext>
  );
}

function Bar() {
  const { t } = useLingui();
  const [params] = useAddressParams();
  const search = travelling(params);
  const row = useCurrentInSight<HTMLElement>(useLocation().pathname);
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
        <nav ref={row} className={classes.nav} aria-label={t`Pantallas`}>
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
          <ViewsButton />
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
  return useMayAny(screen.function) ? <screen.Part /> : <NoPermission functions={screen.function} />;
}
