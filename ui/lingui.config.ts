import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

// Spanish is written in the source; English must be complete or the build fails.
export default defineConfig({
  sourceLocale: 'es',
  locales: ['es', 'en'],
  catalogs: [{ path: 'src/i18n/locales/{locale}', include: ['src'], exclude: ['**/*.test.*'] }],
  format: formatter({ lineNumbers: false, origins: false, printPlaceholdersInComments: false }),
  orderBy: 'message',
});
