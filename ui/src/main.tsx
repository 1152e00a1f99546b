import '@fontsource-variable/ibm-plex-sans/wght.css';
import './app/kit.css';
import './app/tokens.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { watchActivity } from './api/activity';
import { watchOutages } from './api/outages';
import { App } from './app/App';
import { shareNonce } from './app/nonce';
import { createStore } from './app/store';
import { partReady } from './app/parts';
import { speak } from './i18n/catalogs';
import { keepAnswers } from './kept/answers';
import { after } from './kept/visit';
import { watchOneTimeCode } from './session/oneTimeCode';
import { beginSession } from './session/start';

// As long as nothing would be seen anyway: most visits are drawn once, with their numbers.
const HOLD_MS = 200;

/** Not awaited here: whatever imports from this file would wait for it, and it waits for some of them. */
async function begin(root: HTMLElement): Promise<void> {
  const store = createStore();
  keepAnswers(store);
  watchOutages(store);
  const begun = beginSession(store.dispatch, partReady);
  const held = Promise.race([begun, after(HOLD_MS, null)]);
  await speak(store.getState().preferences.language);
  await held;
  createRoot(root).render(
    <StrictMode>
      <App store={store} />
    </StrictMode>,
  );
}

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no #root');

shareNonce();
watchActivity(window);
watchOneTimeCode(window);
void begin(element);
