// The first thing that runs, and nearly nothing: asks who is there and what the first screen waits for, and has the
// page fetched meanwhile. By the time React draws, the answers are there.
import { askEarly } from './api/early';
import { fetchDrawing } from './charts/early';
import { openKept } from './kept/visit';
import { takeDisplayToken } from './session/displayToken';
import { SIGN_IN_PATH } from './session/door';
import { storedLanguage } from './session/language';

takeDisplayToken(window);
if (storedLanguage() === 'en') void import('./i18n/locales/en.po');
else void import('./i18n/locales/es.po');
void import('./main');
// Whoever does not stand at the door is probably coming in.
if (window.location.pathname !== SIGN_IN_PATH) {
  const secret = askEarly();
  openKept(secret);
  void secret.then((known) => {
    if (known !== null) fetchDrawing(document);
  });
  void import('./shell/Workspace');
  void import('./overview/OverviewPage');
}
