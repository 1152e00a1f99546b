import { type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { useCallback, useEffect, useRef } from 'react';

import { type Preferences, useWritePreferencesMutation } from '~/api/generated';
import { useAppDispatch, useAppSelector } from '~/app/store';
import { type Language, localeFor } from '~/format/locales';
import { speak } from '~/i18n/catalogs';

import { storeLanguage } from './language';
import { languageChosen, languageOfAccount } from './preferencesSlice';
import { preferencesKept } from './sessionSlice';

/** Changes the language now and, once somebody is in, in their account. */
export function useSpeak() {
  const dispatch = useAppDispatch();
  const keep = useKeepPreference();
  const locale = useAppSelector((state) => state.session.user?.preferences.locale);
  return useCallback(
    async (language: Language) => {
      await speak(language);
      storeLanguage(language);
      dispatch(languageChosen(language));
      keep({ language, locale: localeFor(language, locale) });
    },
    [dispatch, keep, locale],
  );
}

/** Writes a preference to the account; a failure costs nothing but the memory of it. */
export function useKeepPreference() {
  const dispatch = useAppDispatch();
  const [write] = useWritePreferencesMutation();
  const known = useAppSelector(({ session }) =>
    session.status === 'in' && !session.mustChangePassword ? session.user?.preferences : undefined,
  );
  return useCallback(
    (change: Preferences) => {
      if (!known) return;
      const preferences = { ...known, ...change };
      dispatch(preferencesKept(preferences));
      void write({ preferences });
    },
    [known, dispatch, write],
  );
}

/**
 * Takes over what the account says, once, when somebody has come in. What they chose at the door just now outranks its
 * language and becomes it; an account that has chosen none leaves the page as it spoke at the door.
 */
export function useAccountPreferences(): void {
  const preferences = useAppSelector((state) => state.session.user?.preferences);
  const { language, chosen } = useAppSelector((state) => state.preferences);
  const dispatch = useAppDispatch();
  const keep = useKeepPreference();
  const { colorScheme: shown, setColorScheme } = useMantineColorScheme();
  const taken = useRef(false);
  useEffect(() => {
    if (!preferences || taken.current) return;
    taken.current = true;
    // The same once more would have the whole page styled again.
    if (colorScheme(preferences.theme) !== shown) setColorScheme(colorScheme(preferences.theme));
    const wanted = preferences.language ?? null;
    if (wanted === language) return;
    if (chosen) {
      keep({ language, locale: localeFor(language, preferences.locale) });
      return;
    }
    if (wanted === null) return;
    storeLanguage(wanted);
    void speak(wanted).then(() => dispatch(languageOfAccount(wanted)));
  }, [preferences, language, chosen, dispatch, keep, shown, setColorScheme]);
}

export function colorScheme(preference: Preferences['theme']): MantineColorScheme {
  return preference === 'light' || preference === 'dark' ? preference : 'auto';
}
