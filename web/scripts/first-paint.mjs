// How long until a page is filled, its map drawn and its words and lists there, after it is asked for:
// median of 20 after warm-up (drawn without a graphics card), in a fresh context each time (empty cache). `GRIDKEEPER_URL=… node scripts/first-paint.mjs`.
import { chromium } from '@playwright/test';
import { readFileSync } from 'node:fs';

const base = process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080';
const FLAGS = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const who = await browser.newContext();
await who.request.post(`${base}/api/v1/session`, { data: { login: 'grid-admin' } });
const storageState = await who.storageState();
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** What fills a page: its words and lists, and layers of the map that must be drawn. */
const FILLED = {
  '/': { words: ['[data-testid=answer] .today-line:not(:has(.skel))', '[data-testid=today] > :nth-child(5)', '[data-testid=changes] li, [data-testid=changes] p', '[data-testid=communities] tbody tr'], layers: ['worst-fill', 'worst-tag'] },
  '/areas': { words: ['[role=listbox] [role=option], .panel table tbody tr'], layers: ['wash', 'tag'] },
};

async function once(path, cached) {
  const context = cached ?? (await browser.newContext({ storageState, viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }));
  const page = await context.newPage();
  await page.addInitScript(({ words, layers }) => {
    // A page may be full after the last frame of its map, so both are looked at.
    const full = () => {
      if (!words.every((each) => document.querySelector(each) !== null)) return false;
      globalThis.gkWords ??= performance.now();
      const map = globalThis.gkMap;
      return map && layers.every((layer) => map.getLayer(layer) && map.queryRenderedFeatures({ layers: [layer] }).length > 0);
    };
    const look = () => {
      if (full()) globalThis.gkPaint = performance.now();
      else setTimeout(() => requestAnimationFrame(look), 20);
    };
    look();
  }, FILLED[path]);
  await page.goto(base + path, { waitUntil: 'commit' });
  await page.waitForFunction(() => globalThis.gkPaint !== undefined, null, { timeout: 30_000, polling: 50 }).catch(async () => {
    const there = await page.evaluate(({ words, layers }) => [...words, ...layers].map((each, i) => `${each}: ${i < words.length ? document.querySelectorAll(each).length : globalThis.gkMap?.getLayer(each) ? globalThis.gkMap.queryRenderedFeatures({ layers: [each] }).length : 'no layer'}`), FILLED[path]);
    throw new Error(`${path} was not filled within 30 s:\n${there.join('\n')}`);
  });
  const ms = await page.evaluate(() => [globalThis.gkWords, globalThis.gkPaint]);
  await page.close();
  if (!cached) await context.close();
  return ms;
}

for (const path of Object.keys(FILLED)) {
  await once(path);
  const cold = [];
  for (let i = 0; i < 20; i += 1) cold.push(await once(path));
  const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  await once(path, context);
  const warm = [];
  for (let i = 0; i < 20; i += 1) warm.push(await once(path, context));
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  ['words, figures and lists', 'the map drawn too'].forEach((what, i) => {
    const of = (all) => median(all.map((one) => one[i])).toFixed(0);
    const label = `${path} filled: ${what} (median of 20)`;
    console.log(`${label.padEnd(58)} ${`${of(cold)} ms, cached ${of(warm)} ms`.padStart(40)}  ≤ 1500 ms          load ${load}`);
  });
}
await browser.close();
