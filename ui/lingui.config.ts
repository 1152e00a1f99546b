import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

// Spanish is written in the source; English must be complete or the build fails.
export default defineConfig({
  sourceLocale: 'es',
  locales: ['es', 'en'],
  // A screen that brings its own words with it keeps them off the way to the sign-in page.
  catalogs: [
    { path: 'src/i18n/locales/{locale}', include: ['src'], exclude: ['**/*.test.*', 'src/rules/**'] },
    { path: 'src/rules/locales/{locale}', include: ['src/rules'], exclude: ['**/*.test.*'] },
  ],
  format: formatter({ lineNumbers: false, origins: false, printPlaceholdersInComments: false }),
  orderBy: 'message',
});
