import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { MantineProvider } from '@mantine/core';
import { lazy, Suspense, useSyncExternalStore } from 'react';
import { Provider } from 'react-redux';
import { BrowserRouter, Navigate, Route, Routes, useLocation } from 'react-router';

import { ReloginGate } from '~/session/ReloginGate';
import { useOneTimeCode } from '~/session/oneTimeCode';
import { useSessionStart } from '~/session/useSession';

import { ErrorBoundary } from './ErrorBoundary';
import { styleNonce } from './nonce';
import { Splash } from './Splash';
import { type Store, useAppSelector } from './store';
import { cssVariablesResolver, theme } from './theme';
import { partReady, SignInPage, Workspace } from './parts';

const ChangePasswordPage = lazy(() => import('~/session/ChangePasswordPage'));
const PRINT = window.matchMedia('print');

function watchPrint(changed: () => void) {
  PRINT.addEventListener('change', changed);
  return () => {
    PRINT.removeEventListener('change', changed);
  };
}

export function App({ store }: { store: Store }) {
  // Ink on paper, whatever the screen looks like.
  const printing = useSyncExternalStore(watchPrint, () => PRINT.matches);
  return (
    <Provider store={store}>
      <I18nProvider i18n={i18n}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariablesResolver}
          defaultColorScheme="auto"
          {...(printing && { forceColorScheme: 'light' as const })}
          getStyleNonce={() => styleNonce() ?? ''}
        >
          <ErrorBoundary>
            <BrowserRouter>
              <Suspense fallback={<Splash />}>
                <Pages />
              </Suspense>
            </BrowserRouter>
          </ErrorBoundary>
        </MantineProvider>
      </I18nProvider>
    </Provider>
  );
}

function Pages() {
  const start = useSessionStart(partReady);
  const session = useAppSelector((state) => state.session);
  const code = useOneTimeCode();
  const location = useLocation();

  if (session.status === 'unknown') return <Splash problem={start.problem} onRetry={start.retry} />;
  const inside = session.status !== 'out';
  // A link is followed even when somebody is signed in already.
  if (code) return <SignInPage />;
  if (inside && session.mustChangePassword) return <ChangePasswordPage />;
  return (
    <>
      <Routes>
        <Route
          path="/sign-in"
          element={inside ? <Navigate to={target(location.state)} replace /> : <SignInPage />}
        />
        <Route
          path="*"
          element={
            inside ? (
              <Workspace />
            ) : (
              <Navigate to="/sign-in" replace state={{ back: location.pathname + location.search }} />
            )
          }
        />
      </Routes>
      {session.status === 'ended' && <ReloginGate />}
    </>
  );
}

/** Where the person was going when the door was closed; only ever a path of this page. */
function target(state: unknown): string {
  const back = (state as { back?: unknown } | null)?.back;
  return typeof back === 'string' && back.startsWith('/') && !back.startsWith('//') ? back : '/';
}
