// Drives Debian's Chromium against GRIDKEEPER_URL, a server that holds the demo city.
import { defineConfig } from '@playwright/test';
import { sessionOf } from './e2e/sign-in';

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/sign-in.ts',
  timeout: 90_000,
  expect: { timeout: 20_000 },
  workers: 1,
  reporter: [['list']],
  outputDir: 'node_modules/.cache/playwright',
  use: {
    baseURL: process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080',
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    // Whoever draws; journeys of other people name theirs.
    storageState: sessionOf('grid-admin'),
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
