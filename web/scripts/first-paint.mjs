// How long until the areas with their numbers are drawn and the list is filled, after the page is asked for:
// median of 20 after warm-up, in a fresh context each time (empty cache). `GRIDKEEPER_URL=… node scripts/first-paint.mjs`.
import { chromium } from '@playwright/test';
import { readFileSync } from 'node:fs';

const base = process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080';
const FLAGS = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const who = await browser.newContext();
await who.request.post(`${base}/api/v1/session`, { data: { login: 'grid-admin' } });
const storageState = await who.storageState();
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function once(path, cached) {
  const context = cached ?? (await browser.newContext({ storageState, viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }));
  const page = await context.newPage();
  await page.addInitScript(() => {
    // The frame in which the areas and their numbers are first drawn, with the list there.
    const look = () => {
      const map = globalThis.gkMap;
      if (!map) return requestAnimationFrame(look);
      const drawn = () => {
        const listed = document.querySelector('[role=listbox] [role=option], .panel table tbody tr') !== null;
        if (!listed || !map.getSource('areas') || !map.isSourceLoaded('areas') || !map.isSourceLoaded('tags')) return;
        if (map.queryRenderedFeatures({ layers: ['tag'] }).length === 0 || map.queryRenderedFeatures({ layers: ['wash'] }).length === 0) return;
        map.off('render', drawn);
        globalThis.gkPaint = performance.now();
      };
      map.on('render', drawn);
    };
    look();
  });
  await page.goto(base + path, { waitUntil: 'commit' });
  await page.waitForFunction(() => globalThis.gkPaint !== undefined, null, { timeout: 30_000, polling: 50 });
  const ms = await page.evaluate(() => globalThis.gkPaint);
  await page.close();
  if (!cached) await context.close();
  return ms;
}

for (const path of ['/', '/areas']) {
  await once(path);
  const cold = [];
  for (let i = 0; i < 20; i += 1) cold.push(await once(path));
  const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  await once(path, context);
  const warm = [];
  for (let i = 0; i < 20; i += 1) warm.push(await once(path, context));
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  const label = `areas with numbers and list, ${path} (median of 20)`;
  console.log(`${label.padEnd(58)} ${`${median(cold).toFixed(0)} ms, cached ${median(warm).toFixed(0)} ms`.padStart(40)}  ≤ 1500 ms          load ${load}`);
}
await browser.close();
