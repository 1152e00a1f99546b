import '@fontsource-variable/ibm-plex-sans/wght.css';
import '@mantine/core/styles.layer.css';
import './app/tokens.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { watchActivity } from './api/activity';
import { App } from './app/App';
import { shareNonce } from './app/nonce';
import { createStore } from './app/store';
import { speak } from './i18n/catalogs';
import { SIGN_IN_PATH } from './session/door';
import { takeDisplayToken } from './session/displayToken';
import { watchOneTimeCode } from './session/oneTimeCode';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

// Whoever does not stand at the door is probably coming in: what is inside is fetched while we ask who it is.
if (window.location.pathname !== SIGN_IN_PATH) {
  void import('./shell/Workspace');
  void import('./overview/OverviewPage');
}

shareNonce();
watchActivity(window);
watchOneTimeCode(window);
takeDisplayToken(window);
const store = createStore();
await speak(store.getState().preferences.language);
createRoot(root).render(
  <StrictMode>
    <App store={store} />
  </StrictMode>,
);
