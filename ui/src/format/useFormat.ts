import { createContext, use, useMemo } from 'react';

import { useAppSelector } from '~/app/store';

import { createFormat, type Format, localeFor } from './format';

/** The zone that the screen shows; the view provides it. */
export const ZoneContext = createContext<string>('UTC');

export function useFormat(): Format {
  const zone = use(ZoneContext);
  const language = useAppSelector((state) => state.preferences.language);
  const asked = useAppSelector((state) => state.session.user?.preferences.locale);
  const locale = localeFor(language, asked);
  return useMemo(() => createFormat(locale, zone), [locale, zone]);
}
