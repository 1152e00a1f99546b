// The language of the page. Kept in the browser so that the sign-in page speaks it, and in the account of
// whoever is in.
import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

import type { Language } from '~/format/locales';

import { storedLanguage } from './language';
import { signedOut } from './sessionSlice';

export interface PreferencesState {
  language: Language;
  /** Chosen by hand since the page was opened, or its last person left: then it outranks what the account says. */
  chosen: boolean;
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
  extraReducers: (builder) => {
    // Whoever comes next sees the same language at the door, but has not chosen it.
    builder.addCase(signedOut, (state) => {
      state.chosen = false;
    });
  },
});

export const { languageChosen, languageOfAccount } = slice.actions;
export const preferencesReducer = slice.reducer;
