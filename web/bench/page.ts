// The painting bench: ours and the usual stack on one page, in one run. Times are printed, ratios are the bars.
import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { AREA_COLOURS } from '../core/colours';
import { Draft } from '../core/draft/draft';
import { Findings } from '../core/draft/findings';
import { Pen } from '../core/draft/pen';
import { UnitIndex, mercator } from '../core/draft/pick';
import { STEPS, city, type City } from './city';
import { addUsual, openUsual, stepUsual } from './usual';

maplibregl.setWorkerUrl(workerUrl);

export interface Result { hits: number; median: number; p95: number; open: number }
const quantile = (list: readonly number[], q: number) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] as number;

async function blank(of: City): Promise<maplibregl.Map> {
  document.getElementById('map')!.replaceChildren();
  const map = new maplibregl.Map({ container: 'map', style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': '#f1eee6' } }] }, bounds: of.bounds, fadeDuration: 0, attributionControl: false });
  await map.once('load');
  return map;
}

/** Steps of one stack; the first twenty warm up. */
function measure(map: maplibregl.Map, step: (at: readonly [number, number], i: number) => number): Omit<Result, 'open'> {
  const { clientWidth: w, clientHeight: h } = map.getContainer();
  const times: number[] = [];
  const hits: number[] = [];
  STEPS.forEach(([x, y], i) => {
    const from = performance.now();
    hits.push(step([x * w, y * h], i));
    // Script and the preparation of the frame, without waiting for the screen.
    map.redraw();
    if (i >= 20) times.push(performance.now() - from);
  });
  return { hits: Math.round(quantile(hits, 0.5)), median: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

async function usual(n: number, radius: number): Promise<Result> {
  const of = city(n);
  const map = await blank(of);
  addUsual(map, of);
  await map.once('idle');
  const from = performance.now();
  openUsual(map, of);
  map.redraw();
  const open = performance.now() - from;
  const totals = new Map<number, number>();
  const result = measure(map, (at) => stepUsual(map, at, radius, totals));
  map.remove();
  return { ...result, open };
}

/** Ours: our own index, our own totals and checks, one feature-state layer with whole ids, edited units only. */
async function ours(n: number, radius: number): Promise<Result> {
  const of = city(n);
  const map = await blank(of);
  map.addSource('ours', { type: 'geojson', data: of.polygons });
  map.addLayer({ id: 'roof', type: 'fill', source: 'ours', paint: { 'fill-color': ['match', ['coalesce', ['feature-state', 'k'], ['get', 'z']], ...AREA_COLOURS.flatMap((colour, i) => [i, colour]), '#f7e3c3'] as never, 'fill-opacity': 0.94 } });
  await map.once('idle');
  const from = performance.now();
  const draft = new Draft(of.start);
  const index = new UnitIndex(of.lon, of.lat);
  const findings = new Findings(draft);
  map.redraw();
  const open = performance.now() - from;
  const reach = radius / (512 * 2 ** map.getZoom());
  const result = measure(map, ([x, y]) => {
    const { lng, lat } = map.unproject([x, y]);
    const at = mercator(lng, lat);
    const under = index.swept(at, at, reach);
    const area = draft.redraw.areaOf[under[0] as number] as number;
    const pen = new Pen(draft, area);
    const { areas, units } = pen.paint(under);
    findings.refresh(areas, units);
    draft.redraw.totals();
    for (const unit of units) map.setFeatureState({ source: 'ours', id: unit }, { k: area % 6 });
    pen.end('');
    return under.length;
  });
  map.remove();
  return { ...result, open };
}

Object.assign(window, { bench: { ours, usual } });
