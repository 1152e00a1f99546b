import '@fontsource-variable/ibm-plex-sans/wght.css';
import './app/kit.css';
import './app/tokens.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { watchActivity } from './api/activity';
import { App } from './app/App';
import { shareNonce } from './app/nonce';
import { createStore } from './app/store';
import { speak } from './i18n/catalogs';
import { keepAnswers } from './kept/answers';
import { watchOneTimeCode } from './session/oneTimeCode';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

shareNonce();
watchActivity(window);
watchOneTimeCode(window);
const store = createStore();
keepAnswers(store);
await speak(store.getState().preferences.language);
createRoot(root).render(
  <StrictMode>
    <App store={store} />
  </StrictMode>,
);
