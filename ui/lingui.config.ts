import { readdirSync } from 'node:fs';

import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

/** Folders with a catalogue of their own; src/i18n/own.test.ts holds each to importing it. */
export const OWN = [
  'calls',
  'demand',
  'ivr',
  'permissions',
  'plan',
  'reports',
  'rules',
  'sentences',
  'service',
  'system',
  'today',
];
/** Files of theirs that other screens use too: their words are the page's. */
export const SHARED = ['src/system/Pieces.tsx', 'src/system/useProven.tsx'];
const TESTS = '**/*.test.*';
const folders = readdirSync(new URL('src', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

// Spanish is written in the source; English must be complete or the build fails.
export default defineConfig({
  sourceLocale: 'es',
  locales: ['es', 'en'],
  // Screens that bring their own words with them keep them off the way to the sign-in page.
  catalogs: [
    {
      path: 'src/i18n/locales/{locale}',
      include: [
        ...folders.filter((folder) => !OWN.includes(folder)).map((folder) => `src/${folder}`),
        ...SHARED,
      ],
      exclude: [TESTS],
    },
    ...OWN.map((folder) => ({
      path: `src/${folder}/locales/{locale}`,
      include: [`src/${folder}`],
      exclude: [TESTS, ...SHARED],
    })),
  ],
  format: formatter({ lineNumbers: false, origins: false, printPlaceholdersInComments: false }),
  orderBy: 'message',
});
