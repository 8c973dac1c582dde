// Fails when the front end outgrows its bars: 900 kB gzipped for the first screen, 1.6 MB in all.
// The first screen is index.html, every chunk it loads statically or preloads, the first route, and the map's worker.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_BAR = 900_000;
const ALL_BAR = 1_600_000;
const dist = new URL('../dist/', import.meta.url).pathname;

const walk = (dir) => readdirSync(dir).flatMap((name) => {
  const path = join(dir, name);
  return statSync(path).isDirectory() ? walk(path) : [path];
});
const files = walk(dist).filter((path) => !path.endsWith('.stamp')).map((path) => {
  const bytes = readFileSync(path);
  return { name: relative(dist, path), raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, text: /\.(js|mjs|css|html)$/.test(path) ? bytes.toString() : '' };
});
const byName = new Map(files.map((file) => [file.name.replace(/^assets\//, ''), file]));
const index = byName.get('index.html');
if (!index) throw new Error('dist/index.html is missing: run `npm run build` first');

// Follow static imports and the dependencies that the page preloads; lazily opened pages stay out.
const LAZY = /^(DataPage|CoveragePage|AreasPage|IssuesPage|IssueListPage|ReportPage|LookupPage|TodayPart|TodayPage|VisitPage|MyAreaPage|CardPage|DiaryPage|EnterPage|TiersPage|BurdenPage|FeedbackPage|FieldFrame|PatrolPage|patrol-map|patrol\.(?:en|zh-CN)|visits|heat-map|worst-map|words\.(?:en|zh-CN)|[A-Z]\w*Dialog|en)-/;
const first = new Set(['index.html']);
const queue = [index];
while (queue.length > 0) {
  const file = queue.pop();
  for (const [name, other] of byName) {
    if (!first.has(name) && !LAZY.test(name) && file.text.includes(name)) {
      first.add(name);
      queue.push(other);
    }
  }
}
const sum = (list) => list.reduce((total, file) => total + file.gzip, 0);
const firstBytes = sum([...first].map((name) => byName.get(name)));
const allBytes = sum(files);
const kb = (bytes) => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;
for (const file of [...files].sort((a, b) => b.gzip - a.gzip)) {
  const mark = first.has(file.name.replace(/^assets\//, '')) ? '●' : '○';
  console.log(`${mark} ${kb(file.gzip)} gz ${kb(file.raw)}  ${file.name}`);
}
console.log(`first screen ${kb(firstBytes)} of ${kb(FIRST_BAR)} · all ${kb(allBytes)} of ${kb(ALL_BAR)} (gzipped; ● = first screen)`);
if (firstBytes > FIRST_BAR || allBytes > ALL_BAR) {
  console.error('the front end is larger than its bar');
  process.exit(1);
}
