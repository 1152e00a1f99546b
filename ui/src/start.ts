// The first thing that runs, and nearly nothing: asks who is there and what the first screen waits for, and has the
// page fetched meanwhile. By the time React draws, the answers are there.
import { askEarly, askNumbersEarly } from './api/early';
import { fetchDrawing } from './charts/early';
import { LOCALES, warm } from './format/locales';
import { openKept } from './kept/visit';
import { takeDisplayToken } from './session/displayToken';
import { SIGN_IN_PATH } from './session/door';
import { storedLanguage } from './session/language';

takeDisplayToken(window);
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
  // From here on with what the browser remembers: the first look into its storage takes it some 10 ms and more.
  askNumbersEarly(secret);
}
const language = storedLanguage();
if (language === 'en') void import('./i18n/locales/en.po');
else void import('./i18n/locales/es.po');
// The next files are on their way, and there is nothing else to do.
setTimeout(warm, 0, LOCALES[language]);
