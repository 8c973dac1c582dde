// The page must stay light: what the first screen loads, and everything together, gzipped.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_SCREEN_KB = 900;
const ALL_KB = 1600;
const files = [];
const walk = (dir) => {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) walk(path);
    else if (!name.startsWith('.')) files.push(path);
  }
};
walk('dist');
const size = (path) => gzipSync(readFileSync(path)).length / 1024;
const html = readFileSync('dist/index.html', 'utf8');
const all = files.reduce((sum, path) => sum + size(path), 0);
// The page, what it names, and the map's worker.
const first = files
  .filter((path) => path.endsWith('index.html') || html.includes(path.split('/').pop()) || /worker/.test(path))
  .reduce((sum, path) => sum + size(path), 0);
console.log(`first screen ${first.toFixed(0)} kB of ${FIRST_SCREEN_KB}, all ${all.toFixed(0)} kB of ${ALL_KB} (gzip)`);
if (first > FIRST_SCREEN_KB || all > ALL_KB) {
  console.error('the front end is too large');
  process.exit(1);
}
