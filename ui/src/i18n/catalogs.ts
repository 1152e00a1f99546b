// One catalogue is fetched: the one that is read.
import { i18n, type Messages } from '@lingui/core';

import { type Language, LOCALES } from '~/format/locales';

const load: Record<Language, () => Promise<{ messages: Messages }>> = {
  es: () => import('./locales/es.po'),
  en: () => import('./locales/en.po'),
};

export async function speak(language: Language): Promise<void> {
  const { messages } = await load[language]();
  i18n.loadAndActivate({ locale: language, locales: LOCALES[language], messages });
  document.documentElement.lang = LOCALES[language];
}
