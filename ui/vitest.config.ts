import { defineConfig, mergeConfig } from 'vitest/config';

import page from './vite.config';

// Apart from the build's settings: who only builds the page has no vitest.
export default mergeConfig(
  page,
  defineConfig({
    test: {
      environment: 'jsdom',
      setupFiles: ['src/testing/setup.ts'],
      include: ['src/**/*.test.{ts,tsx}'],
      restoreMocks: true,
      unstubGlobals: false,
      testTimeout: 60_000, // typing into forms on two shared cores, and more than one wait
      hookTimeout: 60_000,
    },
  }),
);
