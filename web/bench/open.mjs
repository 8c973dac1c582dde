// Opens a plan of 20,000 buildings in Chromium against a server, draws single strokes on it, and prints how long it
// took until a stroke can be drawn and until one is stored: `scripts/bench-web`.
import { chromium } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

const [COLUMNS, ROWS] = [200, 100];
const [WARM_UP, TIMES] = [5, 20];
const STREET = '999999001000';
const root = new URL('../..', import.meta.url).pathname;
const bin = process.env.GRIDKEEPER_BIN ?? join(root, 'target/ci/gridkeeper');
const dir = mkdtempSync(join(os.tmpdir(), 'gridkeeper-open-'));
const db = ['--db', `gpkg:${join(dir, 'open.gpkg')}`];
const median = (of) => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)];

/** Square houses, 30 m apart, 2 to 8 households each. */
function houses() {
  const features = [];
  const [width, height] = [0.00016, 0.00013];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const [lon, lat] = [117.1 + column * 0.00032, 31.7 + row * 0.00027];
      const ring = [[lon, lat], [lon + width, lat], [lon + width, lat + height], [lon, lat + height], [lon, lat]];
      features.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] }, properties: { 楼栋: `${row + 1}-${column + 1}幢`, 户数: 2 + ((row * 7 + column * 3) % 7) } });
    }
  }
  return JSON.stringify({ type: 'FeatureCollection', features });
}

let server;
let browser;
try {
  const file = join(dir, 'houses.geojson');
  writeFileSync(file, houses());
  execFileSync(bin, [...db, 'import', file, '--kind', 'buildings', '--crs', 'wgs84', '--region', '示例街道'], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(bin, [...db, 'plan', '--region', STREET], { stdio: ['ignore', 'ignore', 'inherit'] });
  const link = execFileSync(bin, [...db, 'user', 'add', 'bench', '--role', 'grid_admin', '--scope', 'everywhere'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  const port = join(dir, 'port');
  server = spawn(bin, [...db, 'serve', '--port', '0', '--port-file', port], { stdio: 'ignore' });
  while (!existsSync(port) || readFileSync(port, 'utf8').trim() === '') await new Promise((done) => { setTimeout(done, 50); });
  const url = `http://127.0.0.1:${readFileSync(port, 'utf8').trim()}`;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  const json = async (path, data, headers = {}) => (await context.request.fetch(`${url}/api/v1${path}`, data ? { method: 'POST', data, headers } : {})).json();
  const { csrf } = await json('/session/welcome', { ticket: link.slice(link.lastIndexOf('.') + 1), password: 'otter lamp Weide 19' });
  const { items } = await json(`/plans?region=${STREET}`);
  const { id } = await json('/plans', { from: items[0].id, name: '计时' }, { 'x-csrf-token': csrf });
  const opened = [];
  const linked = [];
  const sheets = [];
  const acknowledged = [];
  for (let time = 0; time < 4; time++) {
    const page = await context.newPage();
    await page.goto(`${url}/areas/${id}/redraw`, { waitUntil: 'commit' });
    await page.waitForFunction(() => 'gkDraft' in window && document.querySelector('[data-testid="status"]') !== null, null, { polling: 10 });
    linked.push(await page.evaluate(() => performance.now()));
    if (time === 0) {
      const units = await page.evaluate(() => window.gkDraft.bench.draft.unitCount);
      console.log(`Machine load ${os.loadavg().map((v) => v.toFixed(2)).join(' ')}. A plan of ${units.toLocaleString('en')} units, ${await page.evaluate(() => window.gkDraft.bench.draft.areas().length)} areas, in the product itself, end to end.`);
      // Every stroke is answered before the next one: time from the request to its answer.
      for (let stroke = 0; stroke < WARM_UP + TIMES; stroke++) {
        const answered = page.waitForResponse((response) => /\/edits$/.test(response.url()) && response.request().method() === 'POST');
        await page.evaluate((at) => {
          const { redraw } = window.gkDraft.bench.draft;
          const free = redraw.areaOf.findIndex((area, unit) => unit >= at * 11 && redraw.neighbours(unit).some((other) => redraw.areaOf[other] !== area));
          const to = redraw.areaOf[redraw.neighbours(free).find((other) => redraw.areaOf[other] !== redraw.areaOf[free])];
          window.gkGive(free, to);
        }, stroke);
        const request = (await answered).request();
        await (await answered).finished();
        if (stroke >= WARM_UP) acknowledged.push(request.timing().responseEnd - Math.max(0, request.timing().requestStart));
      }
    }
    await page.close();
  }
  // As an administrator opens it: from the list of areas, whose map is there.
  const page = await context.newPage();
  await page.goto(`${url}/areas/${id}`);
  await page.waitForSelector('.gl[data-idle]', { timeout: 60_000 });
  for (let time = 0; time < WARM_UP + TIMES; time++) {
    await page.waitForTimeout(1500);
    const took = await page.evaluate((plan) => new Promise((done) => {
      const from = performance.now();
      document.querySelector(`a[href*="${plan}/redraw"]`).click();
      const look = () => ('gkDraft' in window && document.querySelector('[data-testid="status"]') ? done(performance.now() - from) : setTimeout(look, 4));
      look();
    }), id);
    if (time >= WARM_UP) {
      opened.push(took);
      sheets.push(await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /\/redraw$/.test(name)).pop().duration));
    }
    await page.waitForTimeout(1500);
    await page.goBack();
    await page.waitForFunction((plan) => !('gkDraft' in window) && document.querySelector(`a[href*="${plan}/redraw"]`) !== null, id);
  }
  console.log('');
  console.log('| End to end | median ms | worst ms | bar |');
  console.log('|---|---|---|---|');
  const row = (name, of, bar) => console.log(`| ${name} | ${median(of).toFixed(0)} | ${Math.max(...of).toFixed(0)} | ${bar} |`);
  row('open from the list until a stroke can be drawn', opened, 1000);
  row('of it the sheet, asked for and received', sheets, '–');
  row('open by a link: the page and its map, drawn without a graphics card, are made first', linked.slice(1), '–');
  row('the first opening by a link: nothing in the cache, plan not prepared', linked.slice(0, 1), '–');
  row('a stroke stored and acknowledged', acknowledged, 150);
} finally {
  await browser?.close();
  server?.kill();
  rmSync(dir, { recursive: true, force: true });
}
