// The map's style: papery ground, quiet roads and water, two-level fill for areas. No base map is needed.
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { AREA_COLOURS, COVERAGE_CLASSES, deviationClasses } from '../core/classes';

export type FillMode = 'areas' | 'deviation' | 'coverage';
export const FILL_MODES: FillMode[] = ['areas', 'deviation', 'coverage'];

const FONT = ['Noto Sans CJK SC Regular'];
const LAND = '#f1eee6', BLOCK = '#f8f6f1', WATER = '#c8dde6', WATER_LINE = '#a9c7d4', GREEN = '#dfe8d3';
const ROOF = '#d9d4c8', ROOF_LINE = '#b9b2a3', CIVIC = '#ece8ef', CASE = '#ddd7c9', LABEL = '#4d5452';

type Expr = any; // expressions are data; MapLibre checks them at run time

const areaColour: Expr = ['match', ['get', 'z'], ...AREA_COLOURS.flatMap((colour, at) => [at, colour]), ROOF];

function deviationColour(bandBp: number, badBp: number): Expr {
  const classes = deviationClasses(bandBp, badBp);
  return ['step', ['get', 'd'], classes[0]!.colour, ...classes.slice(1).flatMap((c) => [c.from, c.colour])];
}

const coverageColour: Expr = ['case', ['<', ['get', 'c'], 0], '#ffffff',
  ['step', ['get', 'c'], COVERAGE_CLASSES[0]!.colour, ...COVERAGE_CLASSES.slice(1).flatMap((c) => [c.from, c.colour])]];

/** What a fill mode changes: [layer, paint property, value]. */
export function fillPaint(mode: FillMode, bandBp: number, badBp: number): [string, string, Expr][] {
  const hasArea: Expr = ['has', 'a'];
  const area = mode === 'deviation' ? deviationColour(bandBp, badBp) : areaColour;
  const showAreas = mode !== 'coverage';
  return [
    ['areas-ground', 'fill-color', area],
    ['areas-ground', 'fill-opacity', showAreas ? 0.4 : 0],
    ['areas-case', 'line-opacity', showAreas ? 1 : 0],
    ['areas-line', 'line-opacity', showAreas ? 1 : 0],
    ['roofs', 'fill-color', showAreas ? ['case', hasArea, area, '#fff3d6'] : ROOF],
    ['roofs', 'fill-opacity', showAreas ? 0.94 : 0.8],
    ['compounds', 'fill-color', showAreas ? BLOCK : coverageColour],
    ['area-tags', 'icon-opacity', showAreas ? 1 : 0],
    ['area-tags', 'text-opacity', showAreas ? 1 : 0],
    ['compound-coverage', 'text-opacity', showAreas ? 0 : 1],
  ];
}

const classOf = (...names: string[]): Expr => ['in', ['get', 'b'], ['literal', names]];
const width = (metres: number, min: number): Expr => ['interpolate', ['exponential', 2], ['zoom'],
  12, Math.max(min, metres / 38), 18, metres / 0.6];

function road(id: string, names: string[], metres: number, min: number, colour: string): LayerSpecification[] {
  const filter: Expr = ['all', classOf(...names), ['==', ['geometry-type'], 'LineString']];
  const layout = { 'line-join': 'round', 'line-cap': 'round' } as const;
  return [
    { id: `${id}-case`, type: 'line', source: 'barriers', 'source-layer': 'barriers', filter, layout, paint: { 'line-color': CASE, 'line-width': width(metres + 3, min + 2) } },
    { id, type: 'line', source: 'barriers', 'source-layer': 'barriers', filter, layout, paint: { 'line-color': colour, 'line-width': width(metres, min) } },
  ];
}

const tiles = (layer: string, version: number, plan: string | null) =>
  `${location.origin}/api/v1/tiles/${layer}/{z}/{x}/{y}?v=${version}${plan ? `&plan=${plan}` : ''}`;

const RANGES: Record<string, [number, number]> = {
  regions: [6, 16], grids: [12, 16], compounds: [9, 16], buildings: [13, 16], barriers: [6, 16], gates: [15, 16], areas: [9, 16],
};

export function source(layer: string, version: number, plan: string | null) {
  const [minzoom, maxzoom] = RANGES[layer]!;
  return { type: 'vector' as const, tiles: [tiles(layer, version, plan)], minzoom, maxzoom };
}

/** Layers that depend on a plan. */
export const PLAN_SOURCES = ['buildings', 'compounds', 'areas'];
export const SOURCES = Object.keys(RANGES);

const symbol = (id: string, layer: string, sourceLayer: string, rest: object): LayerSpecification =>
  ({ id, type: 'symbol', source: layer, 'source-layer': sourceLayer, ...rest }) as LayerSpecification;

export function style(version: number, plan: string | null, baseMap: { kind: string; url: string; attribution: string } | null): StyleSpecification {
  const sources: StyleSpecification['sources'] = Object.fromEntries(SOURCES.map((name) => [name, source(name, version, plan)]));
  sources['selection'] = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };
  const layers: LayerSpecification[] = [{ id: 'land', type: 'background', paint: { 'background-color': LAND } }];
  if (baseMap?.kind === 'raster') {
    sources['base'] = { type: 'raster', tiles: [baseMap.url], tileSize: 256, attribution: baseMap.attribution };
    layers.push({ id: 'base', type: 'raster', source: 'base', paint: { 'raster-saturation': -0.6, 'raster-opacity': 0.7 } });
  }
  const b = { source: 'barriers', 'source-layer': 'barriers' } as const;
  const polygon: Expr = ['==', ['geometry-type'], 'Polygon'];
  layers.push(
    { id: 'outside', type: 'fill', ...b, filter: classOf('outside'), paint: { 'fill-color': '#ebe7dd' } },
    { id: 'green', type: 'fill', ...b, filter: classOf('green'), paint: { 'fill-color': GREEN } },
    { id: 'civic', type: 'fill', ...b, filter: classOf('civic'), paint: { 'fill-color': CIVIC } },
    { id: 'water', type: 'fill', ...b, filter: ['all', classOf('river', 'canal', 'lake', 'pond'), polygon], paint: { 'fill-color': WATER, 'fill-outline-color': WATER_LINE } },
    ...road('lane', ['lane', 'path'], 9, 1, '#ffffff'),
    ...road('road', ['road'], 21, 2, '#ffffff'),
    ...road('artery', ['artery', 'major_road', 'motorway'], 30, 3, '#fdf3dc'),
    { id: 'rail', type: 'line', ...b, filter: classOf('rail'), paint: { 'line-color': '#8d8678', 'line-width': 1.6, 'line-dasharray': [4, 2] } },
    { id: 'track', type: 'fill', ...b, filter: ['all', classOf('track'), polygon], paint: { 'fill-color': '#e6cdbb' } },
    { id: 'civic-roofs', type: 'fill', ...b, filter: classOf('civic_building'), minzoom: 13, paint: { 'fill-color': ROOF, 'fill-outline-color': ROOF_LINE } },
    { id: 'compounds', type: 'fill', source: 'compounds', 'source-layer': 'compounds', filter: polygon, paint: { 'fill-color': BLOCK, 'fill-opacity': 0.92 } },
    { id: 'areas-ground', type: 'fill', source: 'areas', 'source-layer': 'areas', paint: { 'fill-color': areaColour, 'fill-opacity': 0.4 } },
    { id: 'compound-line', type: 'line', source: 'compounds', 'source-layer': 'compounds', filter: polygon, minzoom: 12, paint: { 'line-color': '#9d968a', 'line-width': 0.8 } },
    { id: 'roofs', type: 'fill', source: 'buildings', 'source-layer': 'buildings', filter: polygon, paint: { 'fill-color': ROOF, 'fill-opacity': 0.94 } },
    { id: 'roof-line', type: 'line', source: 'buildings', 'source-layer': 'buildings', filter: polygon, minzoom: 14.5, paint: { 'line-color': '#1d2a2f', 'line-opacity': 0.45, 'line-width': 0.6 } },
    { id: 'building-points', type: 'circle', source: 'buildings', 'source-layer': 'buildings', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 3, 'circle-color': areaColour, 'circle-stroke-color': '#1d2a2f', 'circle-stroke-width': 0.6 } },
    { id: 'compound-points', type: 'circle', source: 'compounds', 'source-layer': 'compounds', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2, 14, 6], 'circle-color': ['case', ['has', 'a'], areaColour, '#fff3d6'], 'circle-stroke-color': '#1d2a2f', 'circle-stroke-width': 0.8 } },
    { id: 'areas-case', type: 'line', source: 'areas', 'source-layer': 'areas', minzoom: 12, layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 3 } },
    { id: 'areas-line', type: 'line', source: 'areas', 'source-layer': 'areas', layout: { 'line-join': 'round' }, paint: { 'line-color': '#1d2a2f', 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 0.5, 14, 1.2] } },
    { id: 'grids', type: 'line', source: 'grids', 'source-layer': 'grids', layout: { visibility: 'none' }, paint: { 'line-color': '#1f7ae0', 'line-width': 1, 'line-dasharray': [2, 2] } },
    { id: 'communities', type: 'line', source: 'regions', 'source-layer': 'regions', filter: ['==', ['get', 'l'], 'community'], minzoom: 11, paint: { 'line-color': '#51626a', 'line-width': 1, 'line-dasharray': [5, 3], 'line-opacity': 0.7 } },
    { id: 'limit', type: 'line', source: 'regions', 'source-layer': 'regions', filter: ['==', ['get', 'l'], 'street'], paint: { 'line-color': '#1d2a2f', 'line-width': 1.4, 'line-dasharray': [8, 3, 1.5, 3] } },
    { id: 'gates', type: 'circle', source: 'gates', 'source-layer': 'gates', minzoom: 15, paint: { 'circle-radius': 3, 'circle-color': '#ffffff', 'circle-stroke-color': '#1d2a2f', 'circle-stroke-width': 1.2 } },
    { id: 'selection-fill', type: 'fill', source: 'selection', filter: polygon, paint: { 'fill-color': '#1f7ae0', 'fill-opacity': 0.08 } },
    { id: 'selection-case', type: 'line', source: 'selection', paint: { 'line-color': '#ffffff', 'line-width': 6 } },
    { id: 'selection-line', type: 'line', source: 'selection', paint: { 'line-color': '#1f7ae0', 'line-width': 3 } },
    symbol('road-names', 'barriers', 'barriers', { filter: ['all', classOf('artery', 'road'), ['==', ['geometry-type'], 'LineString']], minzoom: 13.5,
      layout: { 'symbol-placement': 'line', 'symbol-spacing': 420, 'text-field': ['get', 'n'], 'text-font': FONT, 'text-size': 11, 'text-letter-spacing': 0.5 },
      paint: { 'text-color': LABEL, 'text-halo-color': '#ffffff', 'text-halo-width': 2 } }),
    symbol('water-names', 'barriers', 'barriers', { filter: ['all', classOf('river', 'canal', 'lake'), polygon], minzoom: 12.5,
      layout: { 'text-field': ['get', 'n'], 'text-font': FONT, 'text-size': 13, 'text-letter-spacing': 0.4 },
      paint: { 'text-color': '#2f6178', 'text-halo-color': WATER, 'text-halo-width': 2 } }),
    symbol('civic-names', 'barriers', 'barriers', { filter: classOf('civic', 'green'), minzoom: 14.2,
      layout: { 'text-field': ['get', 'n'], 'text-font': FONT, 'text-size': 11 },
      paint: { 'text-color': LABEL, 'text-halo-color': '#ffffff', 'text-halo-width': 1.5 } }),
    symbol('building-numbers', 'buildings', 'buildings', { minzoom: 16,
      layout: { 'text-field': ['slice', ['get', 'n'], 0, ['max', 0, ['-', ['length', ['get', 'n']], 1]]], 'text-font': FONT, 'text-size': 10.5 },
      paint: { 'text-color': '#111111', 'text-halo-color': '#ffffff', 'text-halo-width': 1.4 } }),
    symbol('community-names', 'regions', 'regions', { filter: ['==', ['get', 'l'], 'community'], maxzoom: 13.4, minzoom: 11,
      layout: { 'text-field': ['get', 'n'], 'text-font': FONT, 'text-size': 13, 'text-letter-spacing': 0.2 },
      paint: { 'text-color': '#51626a', 'text-halo-color': '#ffffff', 'text-halo-width': 2 } }),
    symbol('area-tags', 'areas', 'area_tags', { minzoom: 12,
      layout: {
        'icon-image': ['concat', 'tag-', ['to-string', ['get', 'z']]], 'icon-text-fit': 'both', 'icon-text-fit-padding': [3, 5, 3, 13],
        'text-field': ['step', ['zoom'], ['get', 'a'], 13.6, ['concat', ['get', 'a'], '  ', ['to-string', ['get', 'h']]]],
        'text-font': FONT, 'text-size': 12, 'symbol-sort-key': ['-', 0, ['abs', ['get', 'd']]], 'icon-allow-overlap': false, 'text-allow-overlap': false,
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'], 'text-radial-offset': 0.4, 'text-justify': 'auto',
      },
      paint: { 'text-color': '#111111' } }),
    symbol('compound-coverage', 'compounds', 'compounds', { minzoom: 12.6,
      layout: { 'text-field': ['concat', ['get', 'n'], '\n', ['case', ['<', ['get', 'q'], 0], '户数未知', ['concat', ['to-string', ['get', 'k']], ' / ', ['to-string', ['get', 'q']]]]], 'text-font': FONT, 'text-size': 12, 'text-line-height': 1.3 },
      paint: { 'text-color': '#111111', 'text-halo-color': '#ffffff', 'text-halo-width': 2, 'text-opacity': 0 } }),
    symbol('compound-names', 'compounds', 'compounds', { minzoom: 13.4,
      layout: { 'text-field': ['get', 'n'], 'text-font': FONT, 'text-size': 12, 'text-optional': true },
      paint: { 'text-color': '#1d2a2f', 'text-halo-color': '#ffffff', 'text-halo-width': 2 } }),
  );
  return { version: 8, sources, layers };
}
