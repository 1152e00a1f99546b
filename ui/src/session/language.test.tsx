// Which language a person meets inside: their account's, where it has one; else the one that they saw at the door.
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import type { Preferences, SessionState } from '~/api/generated';
import { createStore, type Store } from '~/app/store';
import type { Language } from '~/format/locales';
import { LanguageSwitch } from '~/shell/LanguageSwitch';
import { ANA, serve, show } from '~/testing/page';

import { languageChosen, languageOfAccount } from './preferencesSlice';
import { signedIn, signedOut } from './sessionSlice';
import { fromAnswer } from './start';
import { useAccountPreferences, useKeepPreference } from './usePreferences';

const withAccount = (preferences: Preferences): SessionState => ({
  ...ANA,
  user: { ...ANA.user, preferences: { ...ANA.user.preferences, ...preferences } },
});
const door = (language: Language, { chosen }: { chosen: boolean }): Store => {
  const store = createStore();
  store.dispatch(chosen ? languageChosen(language) : languageOfAccount(language));
  return store;
};

function Inside() {
  useAccountPreferences();
  const keep = useKeepPreference();
  return (
    <>
      <LanguageSwitch />
      <button
        type="button"
        onClick={() => {
          keep({ theme: 'dark' });
        }}
      >
        dark
      </button>
    </>
  );
}

/** Signs in with an account of these preferences; what is then written to it is returned. */
function enterAs(store: Store, preferences: Preferences) {
  const sent = serve(({ body }) => ({ status: 200, body }));
  store.dispatch(signedIn(fromAnswer(withAccount(preferences))));
  const { unmount } = show(<Inside />, { store });
  return { written: () => sent.map(({ body }) => body as Preferences), unmount };
}
const spoken = (store: Store) => store.getState().preferences.language;

describe('an account that has chosen no language', () => {
  it.each(['es', 'en'] as const)('keeps what the browser speaks: %s', async (language) => {
    const store = door(language, { chosen: false });
    const { written } = enterAs(store, { language: null });
    await userEvent.click(screen.getByText('dark'));
    await waitFor(() => {
      expect(written()).toHaveLength(1);
    });
    expect(spoken(store)).toBe(language);
    // Another preference chooses no language for it.
    expect(written()[0]).toMatchObject({ theme: 'dark', language: null });
  });

  it.each([
    ['en', 'es-MX', 'en-US'],
    ['es', 'es-ES', 'es-ES'],
  ] as const)('has the one that is chosen at the door from then on: %s', async (language, had, locale) => {
    const store = door(language, { chosen: true });
    const { written } = enterAs(store, { language: null, locale: had });
    await waitFor(() => {
      expect(written()).toEqual([expect.objectContaining({ language, locale })]);
    });
    expect(spoken(store)).toBe(language);
  });
});

describe('an account that has chosen a language', () => {
  it.each(['es', 'en'] as const)('speaks it wherever its person signs in: %s', async (language) => {
    const store = door(language === 'es' ? 'en' : 'es', { chosen: false });
    const { written } = enterAs(store, { language });
    await waitFor(() => {
      expect(spoken(store)).toBe(language);
    });
    expect(localStorage.getItem('iact.language')).toBe(language);
    expect(written()).toEqual([]);
  });

  it('takes another that is chosen at the door', async () => {
    const store = door('en', { chosen: true });
    const { written } = enterAs(store, { language: 'es' });
    await waitFor(() => {
      expect(written()).toEqual([expect.objectContaining({ language: 'en', locale: 'en-US' })]);
    });
    expect(spoken(store)).toBe('en');
  });

  it('is not given the choice of who was in before', async () => {
    const store = door('es', { chosen: false });
    const before = enterAs(store, { language: 'es' });
    await userEvent.click(screen.getByRole('button', { name: 'EN, English' }));
    await waitFor(() => {
      expect(before.written()).toHaveLength(1);
    });
    before.unmount();
    store.dispatch(signedOut());
    const { written } = enterAs(store, { language: 'es' });
    await waitFor(() => {
      expect(spoken(store)).toBe('es');
    });
    expect(written()).toEqual([]);
  });

  it('writes numbers as it did when it chooses the same again', async () => {
    const store = door('es', { chosen: false });
    const { written } = enterAs(store, { language: 'es', locale: 'es-ES' });
    await userEvent.click(screen.getByRole('button', { name: 'ES, Español' }));
    await waitFor(() => {
      expect(written()).toEqual([expect.objectContaining({ language: 'es', locale: 'es-ES' })]);
    });
  });
});
