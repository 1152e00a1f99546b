// The language of the page. Kept in the browser so that the sign-in page speaks it, and in the account of
// whoever is in.
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

import type { Language } from '~/format/format';

export interface PreferencesState {
  language: Language;
  /** Chosen by hand since the page was opened: then it outranks what the account says. */
  chosen: boolean;
}

const STORAGE_KEY = 'iact.language';

export function isLanguage(text: unknown): text is Language {
  return text === 'es' || text === 'en';
}

export function storedLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    if (isLanguage(stored)) return stored;
  } catch {
    // A browser that refuses storage still gets a page.
  }
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'es';
}

export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Remembered in the account instead.
  }
}

const slice = createSlice({
  name: 'preferences',
  initialState: (): PreferencesState => ({ language: storedLanguage(), chosen: false }),
  reducers: {
    languageChosen: (_state, { payload }: PayloadAction<Language>) => ({ language: payload, chosen: true }),
    languageOfAccount: (state, { payload }: PayloadAction<Language>) => {
      state.language = payload;
    },
  },
});

export const { languageChosen, languageOfAccount } = slice.actions;
export const preferencesReducer = slice.reducer;
