// The language of the page, as this browser remembers it: the sign-in page speaks it before anybody is in.
import type { Language } from '~/format/locales';

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
