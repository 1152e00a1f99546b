// Languages of the words, and the locales that decide digits, week start and clock.
export type Language = 'es' | 'en';

/** What a locale decides (digits, week start, clock); the language decides the words. */
export const LOCALES: Record<Language, string> = { es: 'es-MX', en: 'en-US' };

export const LOCALES_OF = { es: ['es-MX', 'es-ES'], en: ['en-US'] } as const satisfies Record<
  Language,
  string[]
>;

/** The asked locale where it belongs to the language, else the language's own. */
export function localeFor(language: Language, asked: string | null | undefined): string {
  return (LOCALES_OF[language] as readonly string[]).find((locale) => locale === asked) ?? LOCALES[language];
}

/** Has the browser read what the first formatters of a locale and of a zone wait for, some 25 ms of a screen's way. */
export function warm(locale: string): void {
  new Intl.NumberFormat(locale).format(0);
  new Intl.DateTimeFormat(locale, { month: 'short', hour: 'numeric' }).format(0);
  // In what the days of a zone are counted with, see period/zoned.ts.
  new Intl.DateTimeFormat('en-US', { hourCycle: 'h23', hour: '2-digit' }).formatToParts(0);
}
