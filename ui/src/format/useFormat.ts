import { createContext, use } from 'react';

import { useAppSelector } from '~/app/store';

import { type Format, formatOf } from './format';
import { localeFor } from './locales';

const ZONE_DEFAULT = 'America/Mexico_City';

/** The zone that a view shows; where there is no view (menus, dialogs of the bar), it is the person's own. */
export const ZoneContext = createContext<string | null>(null);

export function useOwnZone(): string {
  return useAppSelector((state) => state.session.user?.preferences.zone) ?? ZONE_DEFAULT;
}

export function useFormat(): Format {
  const own = useOwnZone();
  const zone = use(ZoneContext) ?? own;
  const language = useAppSelector((state) => state.preferences.language);
  const asked = useAppSelector((state) => state.session.user?.preferences.locale);
  const locale = localeFor(language, asked);
  return formatOf(locale, zone);
}
