// Runs the bench page in Chromium and the core in Node, and prints a table: `scripts/bench-web`.
import { chromium } from '@playwright/test';
import os from 'node:os';
import { createServer } from 'vite';

const server = await createServer({ configFile: false, optimizeDeps: { entries: ['bench/index.html'] }, worker: { format: 'es' }, root: new URL('..', import.meta.url).pathname, server: { port: 0 }, logLevel: 'error' });
await server.listen();
const url = `${server.resolvedUrls.local[0]}bench/index.html`;
const FLAGS = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--js-flags=--expose-gc', '--enable-precise-memory-info'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const lines = [];
const say = (text) => { lines.push(text); console.log(text); };
const ms = (v) => v.toFixed(1).padStart(7);
async function run(stack, n, radius) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(url);
  await page.waitForFunction(() => 'bench' in window);
  const result = await page.evaluate(([s, count, r]) => window.bench[s](count, r), [stack, n, radius]);
  await page.close();
  return result;
}
say(`Machine: ${os.cpus().length} × ${os.cpus()[0]?.model ?? '?'}; load ${os.loadavg().map((v) => v.toFixed(2)).join(' ')}; software GL. Times in ms: medians and 95th percentiles of 100 steps after 20 to warm up.`);
say('');
say('| Units in view | radius | hits | usual median / p95 | ours median / p95 | ratio of medians | plan into the map: usual / ours |');
say('|---|---|---|---|---|---|---|');
const table = {};
for (const [n, radius] of [[2000, 115], [10_000, 50], [10_000, 115], [30_000, 115]]) {
  const u = n > 10_000 ? null : await run('usual', n, radius);
  const o = await run('ours', n, radius);
  table[`${n}/${radius}`] = { u, o };
  say(`| ${n} | ${radius} px | ${o.hits} | ${u ? `${ms(u.median)} / ${ms(u.p95)}` : '–'} | ${ms(o.median)} / ${ms(o.p95)} | ${u ? (o.median / u.median).toFixed(3) : '–'} | ${u ? ms(u.open) : '–'} / ${ms(o.open)} |`);
}
const main = table['10000/115'];
say('');
say(`Bar: ours ≤ 0.2 × the usual stack at 10,000 units and 300+ hits: ${(main.o.median / main.u.median).toFixed(3)}. Ours at 30,000 ≤ 3 × ours at 10,000: ${(table['30000/115'].o.median / main.o.median).toFixed(2)}.`);
await browser.close();
await server.close();
