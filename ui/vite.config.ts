/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';

import { lingui } from '@lingui/vite-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { byFile, fetchedBeside, groups } from './scripts/chunks';

// The gateway serves the built page; during development its address is taken from the environment.
const gateway = process.env.IACT_GATEWAY_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [
    react(),
    byFile(),
    fetchedBeside(),
    lingui({ failOnMissing: true, failOnCompileError: true, macroTransform: true }),
  ],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: ['chrome120', 'firefox121', 'safari17'],
    // Taken over as dist/ only when it is whole: a running gateway never serves half a page.
    outDir: 'dist.new',
    manifest: 'manifest.json',
    // Small files must stay files: the content security policy allows no data: address but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: { output: { codeSplitting: { groups: groups() } } },
  },
  server: { host: '127.0.0.1', proxy: { '/api': gateway, '/health': gateway } },
  preview: { host: '127.0.0.1' },
});
