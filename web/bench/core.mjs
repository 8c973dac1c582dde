// The core without a map, at 100,000 units: a step with contiguity and checks, undo, best move at 20,000, memory at stroke
// 600 and 1,000. Run by `scripts/bench-web` with --expose-gc.
import { createServer } from 'vite';

const server = await createServer({ configFile: false, optimizeDeps: { entries: ['bench/index.html'] }, root: new URL('..', import.meta.url).pathname, server: { middlewareMode: true }, logLevel: 'error', appType: 'custom' });
const load = (path) => server.ssrLoadModule(path);
const { city } = await load('/bench/city.ts');
const { Workbench } = await load('/core/draft/workbench.ts');
const { Pen } = await load('/core/draft/pen.ts');
const { forgetful } = await load('/core/draft/memory.ts');
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
const show = (name, list, bar) => console.log(`| ${name} | ${quantile(list, 0.5).toFixed(3)} | ${quantile(list, 0.99).toFixed(3)} | ${bar} |`);
const bench = (n) => {
  const of = city(n);
  const from = performance.now();
  const on = new Workbench(of.start, of, of.start.areaIds.map((_, i) => i % 6), { done: [], undone: [], outbox: [] }, forgetful, { touched() {}, stepped() {} });
  return [on, performance.now() - from];
};
console.log('\n| Core | median ms | p99 ms | bar |\n|---|---|---|---|');
const [on, opened] = bench(100_000);
const stroke = (i) => {
  const { draft } = on;
  const unit = (i * 7919) % draft.unitCount;
  const other = draft.redraw.neighbours(unit).find((one) => draft.redraw.areaOf[one] !== draft.redraw.areaOf[unit]) ?? draft.redraw.neighbours(unit)[0];
  const pen = new Pen(draft, draft.redraw.areaOf[other]);
  const before = draft.redraw.areaOf[unit];
  const from = performance.now();
  pen.paint([unit]);
  on.findings.refresh([before, pen.target], [unit]);
  on.findings.list();
  const took = performance.now() - from;
  const step = pen.end('');
  if (step) on.commit(step, { areas: [before, pen.target], units: [unit] });
  on.acknowledge(new Set(on.outbox.map(({ id }) => id)));
  return took;
};
for (let i = 0; i < 100; i++) stroke(i);
show('two areas: contiguity and checks, 100,000 units', Array.from({ length: 500 }, (_, i) => stroke(i + 100)), '2');
const heap = () => { globalThis.gc(); globalThis.gc(); return process.memoryUsage().heapUsed; };
const at600 = heap();
for (let i = 600; i < 1000; i++) stroke(i);
const at1000 = heap();
const undo = [];
for (let i = 0; i < 300; i++) { const from = performance.now(); on.undo(() => ''); undo.push(performance.now() - from); on.acknowledge(new Set(on.outbox.map(({ id }) => id))); }
show('undo, 100,000 units', undo, '16');
const [small, openedSmall] = bench(20_000);
const best = [];
for (let i = 0; i < 20; i++) { const from = performance.now(); small.draft.redraw.bestMoves(1000, 5); best.push(performance.now() - from); }
show('best next moves, 20,000 units', best, '10');
console.log(`\nBuilding the workbench: ${openedSmall.toFixed(0)} ms at 20,000 units, ${opened.toFixed(0)} ms at 100,000. Heap at stroke 1,000 ÷ at stroke 600: ${(at1000 / at600).toFixed(3)} (bar 1.1).`);
await server.close();
