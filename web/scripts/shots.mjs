// Screenshots of every screen at three sizes, to be looked at: `GRIDKEEPER_URL=… npm run shots -- out-dir [filter]`.
import { chromium } from '@playwright/test';
import { mkdirSync } from 'node:fs';

const base = process.env.GRIDKEEPER_URL ?? 'http://127.0.0.1:8080';
const out = process.argv[2] ?? 'shots';
const only = process.argv[3] ?? '';
mkdirSync(out, { recursive: true });
const FLAGS = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const screens = [['overview', '/'], ['areas', '/areas'], ['deviation', '/areas?fill=deviation'], ['coverage', '/coverage'], ['data', '/data'], ...(process.env.EXTRA ? process.env.EXTRA.split(' ').map((path, i) => [`extra${i}`, path]) : [])];
const sizes = [['1440', 1440, 900], ['1280', 1280, 800], ['390', 390, 844]];
for (const [size, width, height] of sizes) {
  const page = await browser.newPage({ viewport: { width, height }, locale: 'zh-CN', hasTouch: width < 500 });
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) console.log(size, message.type(), message.text().slice(0, 300)); });
  page.on('pageerror', (error) => console.log(size, 'pageerror', error.message));
  for (const [name, path] of screens) {
    if (only && !`${name}-${size}`.includes(only)) continue;
    const from = Date.now();
    await page.goto(base + path);
    await page.waitForSelector('[data-idle]', { timeout: 30000 }).catch(() => console.log(name, size, 'no idle'));
    await page.waitForTimeout(600);
    await page.screenshot({ path: `${out}/${name}-${size}.png` });
    console.log(name, size, Date.now() - from, 'ms');
  }
  await page.close();
}
await browser.close();
