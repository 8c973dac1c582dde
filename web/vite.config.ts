import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  // MapLibre 6 ships its worker as a module.
  worker: { format: 'es' },
  build: { target: 'chrome107', chunkSizeWarningLimit: 1400, sourcemap: false },
  server: { proxy: { '/api': process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080' } },
});
