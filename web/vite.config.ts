// Builds the page into `dist`, base `/`. The API is proxied to GRIDKEEPER_URL while developing.
import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import type { Plugin } from 'vite';

const server = process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080';
const proxy = { '/api': { target: server }, '/healthz': { target: server } };

/** The map and the first answers are asked for by the page itself, not after the first script has run. */
function early(): Plugin {
  return {
    name: 'early',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((part) => part.type === 'chunk');
        const map = chunks.find((chunk) => chunk.facadeModuleId?.endsWith('/map/map.ts'));
        const scripts = map ? [map.fileName, ...map.imports] : [];
        const link = (attrs: Record<string, string | boolean>) => ({ tag: 'link', attrs, injectTo: 'head' as const });
        return [
          ...[...new Set(scripts)].map((file) => link({ rel: 'modulepreload', crossorigin: true, href: `/${file}` })),
          ...['session', 'meta', 'regions'].map((name) => link({ rel: 'preload', as: 'fetch', crossorigin: true, href: `/api/v1/${name}` })),
        ];
      },
    },
  };
}

export default defineConfig({
  plugins: [vue(), early()],
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)) } },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  worker: { format: 'es' },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'chrome107',
    sourcemap: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      output: {
        advancedChunks: {
          groups: [
            { name: 'maplibre', test: /maplibre-gl/ },
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router|pinia|vue-i18n|@intlify)/ },
          ],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['core/**/*.test.ts', 'map/**/*.test.ts', 'app/**/*.test.ts', 'api/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
});
