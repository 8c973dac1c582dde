// The style: papery land, blocks, roads, water, then data. No base map, no glyphs, no sprites are needed.
// Order is meaning: washes lie under roads, so that roads divide areas as they do on the ground.
import type { ExpressionSpecification as Expr, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import { AREA_COLOURS, COVERAGE_CLASSES, LOAD_CLASSES, type ColourClass } from '../core/colours';
import { PAPER, metres } from './palette';

export const LAYERS = ['regions', 'compounds', 'buildings', 'barriers', 'gates', 'areas'] as const;
export type TileLayer = (typeof LAYERS)[number];
/** `issues` and `worst` are the quiet ground under what a page draws itself. */
export type FillMode = 'areas' | 'deviation' | 'coverage' | 'load' | 'issues' | 'worst';
/** Modes in which areas are not the subject: without their borders, hachures and tags. */
export const isQuiet = (mode: FillMode): boolean => mode === 'coverage' || mode === 'issues';

/** Zooms that the server has tiles for. */
const ZOOMS: Record<TileLayer, [number, number]> = {
  regions: [6, 16], barriers: [6, 16], compounds: [6, 16], areas: [9, 16], buildings: [13, 16], gates: [15, 16],
};

export interface Picture {
  readonly origin: string;
  readonly version: string;
  /** `null` shows the plans in force. */
  readonly plan: string | null;
}

/** Tile address; the version in it keeps caches honest and versions apart. */
export function tileUrl(layer: TileLayer, { origin, version, plan }: Picture): string {
  const ofPlan = plan && (layer === 'areas' || layer === 'buildings' || layer === 'compounds') ? `&plan=${plan}` : '';
  return `${origin}/api/v1/tiles/${layer}/{z}/{x}/{y}?v=${version}${ofPlan}`;
}

const empty: SourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };

export function sources(picture: Picture): Record<string, SourceSpecification> {
  const tiles = Object.fromEntries(LAYERS.map((layer) => {
    const [minzoom, maxzoom] = ZOOMS[layer];
    // Areas take the colours that a page gives them by their identity.
    return [layer, { type: 'vector', tiles: [tileUrl(layer, picture)], minzoom, maxzoom, ...(layer === 'areas' ? { promoteId: 'u' } : {}) } satisfies SourceSpecification];
  }));
  return { ...tiles, tags: empty, 'compound-names': empty, 'community-names': empty, point: empty };
}

/** Colour by class of a property; −1 or missing has its own. */
function byClass(property: string, classes: readonly ColourClass[], none: string): Expr {
  const steps: unknown[] = ['step', ['get', property], classes[0]!.colour];
  for (const each of classes.slice(1)) steps.push(each.from, each.colour);
  return ['case', ['<', ['coalesce', ['get', property], -1e9], property === 'c' ? 0 : -9e8], none, steps] as unknown as Expr;
}

const areaFill: Expr = ['match', ['get', 'z'], ...AREA_COLOURS.flatMap((colour, i) => [i, colour]), PAPER.none] as unknown as Expr;

/** Roofs of a plan being edited: the state of the feature (a colour or class by number) before the tile's own. */
export function draftRoof(mode: FillMode, deviation: readonly ColourClass[]): Expr {
  const colours = mode === 'areas' ? AREA_COLOURS : (mode === 'load' ? LOAD_CLASSES : deviation).map(({ colour }) => colour);
  const own = mode === 'areas' ? ['coalesce', ['get', 'z'], -1] : -1;
  return ['match', ['coalesce', ['feature-state', 'k'], own], ...colours.flatMap((colour, i) => [i, colour]), PAPER.unassigned] as unknown as Expr;
}

/** The fill expressions of a mode: of areas, of roofs, of compounds. */
export function fills(mode: FillMode, deviation: readonly ColourClass[]): { wash: Expr | string; washOpacity: number; roof: Expr | string; roofOpacity: number; compound: Expr | string; compoundOpacity: number } {
  if (mode === 'issues' || mode === 'worst') return { wash: PAPER.none, washOpacity: 0, roof: '#2b2013', roofOpacity: 0.18, compound: PAPER.block, compoundOpacity: 0.75 };
  if (mode === 'coverage') {
    return {
      wash: PAPER.none, washOpacity: 0, roof: '#2b2013', roofOpacity: 0.22,
      compound: byClass('c', COVERAGE_CLASSES, '#ffffff'), compoundOpacity: 0.92,
    };
  }
  const colour = mode === 'areas' ? areaFill : mode === 'load' ? byClass('lo', LOAD_CLASSES, PAPER.none) : byClass('d', deviation, PAPER.none);
  return {
    wash: colour, washOpacity: mode === 'areas' ? 0.4 : 0.62, roof: colour, roofOpacity: 0.94,
    compound: PAPER.block, compoundOpacity: 0.75,
  };
}

const isClass = (...names: string[]): Expr => ['in', ['get', 'b'], ['literal', names]] as unknown as Expr;
const outOfBand: Expr = ['any', ['==', ['get', 'w'], true], ['==', ['get', 'w'], 1]] as unknown as Expr;
const NOTHING = ['==', ['get', 'u'], ''] as unknown as Expr;
const text = (size: unknown) => ({ 'text-font': ['Noto Sans CJK SC Regular'], 'text-size': size as number });
const bold = (size: unknown) => ({ 'text-font': ['Noto Sans CJK SC Bold'], 'text-size': size as number });

/** “7幢” is written 7 on its roof. */
const HOUSE_NUMBER: Expr = ['case', ['==', ['slice', ['get', 'n'], -1], '幢'], ['slice', ['get', 'n'], 0, -1], ['get', 'n']] as unknown as Expr;

const WATER = ['river', 'canal', 'lake', 'water', 'pond'];
const ARTERIES = ['artery', 'major_road', 'motorway'];

function roads(): LayerSpecification[] {
  const line = (id: string, classes: string[], width: unknown, colour: string, more: object = {}): LayerSpecification => ({
    id, type: 'line', source: 'barriers', 'source-layer': 'barriers',
    filter: ['all', ['==', ['geometry-type'], 'LineString'], isClass(...classes)] as unknown as Expr,
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': colour, 'line-width': width as number, ...more },
  });
  const wider = (of: unknown[], by: number): unknown[] => of.map((part, i) => (i > 3 && i % 2 === 0 && typeof part === 'number' ? part + by : part));
  const [artery, road, lane] = [metres(30, 4), metres(21, 4), metres(9, 1.6)];
  return [
    line('path', ['path'], 1.6, '#ffffff', { 'line-dasharray': [2, 1.4] }),
    { ...line('lane-case', ['lane'], wider(lane, 1.2), PAPER.roadCase), minzoom: 13 },
    line('road-case', ['road'], wider(road, 2), PAPER.roadCase),
    line('artery-case', ARTERIES, wider(artery, 2), PAPER.roadCase),
    { ...line('lane', ['lane'], lane, PAPER.road), minzoom: 13 },
    line('road', ['road'], road, PAPER.road),
    line('artery', ARTERIES, artery, PAPER.artery),
    line('rail-case', ['rail'], 3.4, '#8d938f'),
    line('rail', ['rail'], 2, '#ffffff', { 'line-dasharray': [3, 3] }),
    line('wall', ['wall', 'other'], 1.4, '#8d8577', { 'line-dasharray': [3, 1] }),
  ];
}

/** All layers, bottom to top. */
export function layers(mode: FillMode, deviation: readonly ColourClass[]): LayerSpecification[] {
  const fill = fills(mode, deviation);
  const area = { source: 'areas', 'source-layer': 'areas' } as const;
  const barrier = { source: 'barriers', 'source-layer': 'barriers' } as const;
  const compound = { source: 'compounds', 'source-layer': 'compounds' } as const;
  const building = { source: 'buildings', 'source-layer': 'buildings' } as const;
  const region = { source: 'regions', 'source-layer': 'regions' } as const;
  const polygon = ['==', ['geometry-type'], 'Polygon'] as unknown as Expr;
  const hatched = mode === 'deviation';
  return [
    { id: 'veil', type: 'background', paint: { 'background-color': PAPER.veil } },
    { id: 'land', type: 'fill', ...region, filter: ['in', ['get', 'l'], ['literal', ['street', 'community']]], paint: { 'fill-color': PAPER.land, 'fill-antialias': false } },
    { id: 'outside', type: 'fill', ...barrier, filter: isClass('outside'), paint: { 'fill-color': '#faf8f4', 'fill-opacity': 0.9 } },
    { id: 'block', type: 'fill', ...compound, filter: polygon, paint: { 'fill-color': PAPER.block } },
    { id: 'wash', type: 'fill', ...area, filter: polygon, paint: { 'fill-color': fill.wash, 'fill-opacity': fill.washOpacity, 'fill-antialias': false } },
    { id: 'compound-fill', type: 'fill', ...compound, filter: polygon, layout: { visibility: mode === 'coverage' ? 'visible' : 'none' }, paint: { 'fill-color': fill.compound, 'fill-opacity': fill.compoundOpacity } },
    { id: 'compound-unknown', type: 'fill', ...compound, filter: ['all', polygon, ['!', ['has', 'h']]] as unknown as Expr, layout: { visibility: mode === 'coverage' ? 'visible' : 'none' }, paint: { 'fill-pattern': 'unknown' } },
    { id: 'hatch-over', type: 'fill', ...area, filter: ['all', polygon, outOfBand, ['>', ['coalesce', ['get', 'd'], 0], 0]] as unknown as Expr, layout: { visibility: hatched ? 'visible' : 'none' }, paint: { 'fill-pattern': 'hatch-over' } },
    { id: 'hatch-under', type: 'fill', ...area, filter: ['all', polygon, outOfBand, ['<', ['coalesce', ['get', 'd'], 0], 0]] as unknown as Expr, layout: { visibility: hatched ? 'visible' : 'none' }, paint: { 'fill-pattern': 'hatch-under' } },
    { id: 'area-border-case', type: 'line', ...area, filter: polygon, layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 1.6, 15, 3.4], 'line-opacity': isQuiet(mode) ? 0 : 0.95 } },
    { id: 'area-border', type: 'line', ...area, filter: polygon, layout: { 'line-join': 'round' }, paint: { 'line-color': PAPER.ink, 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 0.5, 15, 1.2], 'line-opacity': isQuiet(mode) ? 0 : 0.85 } },
    { id: 'green', type: 'fill', ...barrier, filter: isClass('green'), paint: { 'fill-color': PAPER.green } },
    { id: 'civic', type: 'fill', ...barrier, filter: isClass('civic'), paint: { 'fill-color': PAPER.civic } },
    { id: 'track', type: 'fill', ...barrier, filter: isClass('track'), paint: { 'fill-color': '#e5c9b8', 'fill-outline-color': '#d3ab94' } },
    { id: 'water', type: 'fill', ...barrier, filter: ['all', polygon, isClass(...WATER)] as unknown as Expr, paint: { 'fill-color': PAPER.water, 'fill-outline-color': PAPER.waterLine } },
    { id: 'water-line', type: 'line', ...barrier, filter: ['all', ['==', ['geometry-type'], 'LineString'], isClass(...WATER)] as unknown as Expr, paint: { 'line-color': PAPER.water, 'line-width': metres(14, 2) as unknown as number } },
    ...roads(),
    { id: 'hachure-over', type: 'line', minzoom: 14, ...area, filter: ['all', polygon, outOfBand, ['>', ['coalesce', ['get', 'd'], 0], 0]] as unknown as Expr, layout: { visibility: isQuiet(mode) || mode === 'worst' ? 'none' : 'visible' }, paint: { 'line-pattern': 'hachure-over', 'line-width': 14 } },
    { id: 'hachure-under', type: 'line', minzoom: 14, ...area, filter: ['all', polygon, outOfBand, ['<', ['coalesce', ['get', 'd'], 0], 0]] as unknown as Expr, layout: { visibility: isQuiet(mode) || mode === 'worst' ? 'none' : 'visible' }, paint: { 'line-pattern': 'hachure-under', 'line-width': 14 } },
    { id: 'compound-line', type: 'line', minzoom: 12.5, ...compound, filter: polygon, paint: { 'line-color': mode === 'coverage' ? '#ffffff' : PAPER.ink, 'line-width': mode === 'coverage' ? 1.6 : 0.7, 'line-opacity': mode === 'coverage' ? 1 : 0.35 } },
    { id: 'civic-building', type: 'fill', minzoom: 13, ...barrier, filter: isClass('civic_building'), paint: { 'fill-color': PAPER.building, 'fill-outline-color': PAPER.buildingLine } },
    { id: 'roof', type: 'fill', minzoom: 13, ...building, filter: polygon, paint: { 'fill-color': fill.roof, 'fill-opacity': fill.roofOpacity, 'fill-outline-color': mode === 'deviation' ? 'rgba(29,42,47,.5)' : 'rgba(29,42,47,.28)' } },
    { id: 'roof-unassigned', type: 'fill', minzoom: 14, ...building, filter: ['all', polygon, ['!', ['has', 'z']]] as unknown as Expr, layout: { visibility: 'none' }, paint: { 'fill-pattern': 'unassigned' } },
    { id: 'compound-point', type: 'circle', ...compound, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': mode === 'coverage' || mode === 'issues' ? fill.compound : mode === 'areas' ? areaFill : (fill.roof as Expr), 'circle-radius': ['interpolate', ['linear'], ['zoom'], 6, 1.2, 10, 2.4, 14, 6, 17, 12], 'circle-stroke-color': mode === 'coverage' ? '#8a8172' : '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 10, mode === 'coverage' ? 0.3 : 0, 13, 1.2] } },
    { id: 'gate', type: 'symbol', minzoom: 15, source: 'gates', 'source-layer': 'gates', layout: { 'icon-image': 'gate', 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 15, 0.7, 17, 1.1] } },
    { id: 'community-line', type: 'line', ...region, filter: ['==', ['get', 'l'], 'community'], paint: { 'line-color': PAPER.limit, 'line-width': 1, 'line-dasharray': [4, 3], 'line-opacity': ['interpolate', ['linear'], ['zoom'], 13.5, 0.6, 15, 0.25] } },
    { id: 'limit', type: 'line', ...region, filter: ['in', ['get', 'l'], ['literal', ['street', 'district', 'city']]], paint: { 'line-color': PAPER.limit, 'line-width': 1.6, 'line-dasharray': [7, 3, 1.4, 3] } },
    { id: 'selected-compound', type: 'line', ...compound, filter: NOTHING, layout: { 'line-join': 'round' }, paint: { 'line-color': PAPER.ink, 'line-width': 2.4 } },
    { id: 'selected-area-case', type: 'line', ...area, filter: NOTHING, layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 6 } },
    { id: 'selected-area', type: 'line', ...area, filter: NOTHING, layout: { 'line-join': 'round' }, paint: { 'line-color': PAPER.ink, 'line-width': 2.8 } },
    { id: 'selected-roof', type: 'line', ...building, filter: NOTHING, layout: { 'line-join': 'round' }, paint: { 'line-color': PAPER.ink, 'line-width': 3 } },
    ...labels(mode),
    { id: 'point', type: 'circle', source: 'point', paint: { 'circle-radius': 7, 'circle-color': '#c43d2b', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
  ];
}

function labels(mode: FillMode): LayerSpecification[] {
  const barrier = { source: 'barriers', 'source-layer': 'barriers' } as const;
  const along = (id: string, classes: string[], size: number, colour: string, halo: string, spacing: number, letter: number, minzoom: number): LayerSpecification => ({
    id, type: 'symbol', ...barrier, minzoom,
    filter: ['all', ['==', ['geometry-type'], 'LineString'], isClass(...classes), ['!=', ['get', 'n'], '']] as unknown as Expr,
    layout: { 'text-field': ['get', 'n'], ...text(size), 'symbol-placement': 'line', 'symbol-spacing': spacing, 'text-letter-spacing': letter, 'text-max-angle': 30, 'text-padding': 6 },
    paint: { 'text-color': colour, 'text-halo-color': halo, 'text-halo-width': 1.6 },
  });
  const inside = (id: string, classes: string[], colour: string, halo: string, minzoom: number, size = 11, letter = 0.02): LayerSpecification => ({
    id, type: 'symbol', ...barrier, minzoom,
    filter: ['all', ['==', ['geometry-type'], 'Polygon'], isClass(...classes), ['!=', ['get', 'n'], '']] as unknown as Expr,
    layout: { 'text-field': ['get', 'n'], ...text(size), 'text-padding': 24, 'text-letter-spacing': letter },
    paint: { 'text-color': colour, 'text-halo-color': halo, 'text-halo-width': 1.6 },
  });
  const figure: unknown = mode === 'coverage'
    ? ['format', ['get', 'n'], { 'font-scale': 1 }, '\n', {}, ['get', 'line'], { 'font-scale': 0.95, 'text-font': ['literal', ['Noto Sans CJK SC Bold']] }]
    : ['get', 'n'];
  return [
    along('road-name', ['road', 'lane'], 11, '#62655f', '#ffffff', 420, 0.35, 14),
    along('artery-name', ARTERIES, 11.5, '#62655f', PAPER.artery, 460, 0.8, 13),
    along('rail-name', ['rail'], 11, '#62655f', '#ffffff', 460, 0.3, 13.5),
    inside('water-name', WATER, PAPER.waterLabel, PAPER.water, 12, 13, 0.6),
    inside('green-name', ['green'], PAPER.greenLabel, '#eaf0e2', 13.8),
    inside('civic-name', ['civic'], PAPER.civicLabel, '#f4f1f6', 13.8),
    {
      id: 'roof-number', type: 'symbol', minzoom: 16, source: 'buildings', 'source-layer': 'buildings',
      layout: { 'text-field': HOUSE_NUMBER, ...text(10.5), 'text-padding': 14 },
      paint: { 'text-color': ['match', ['get', 'z'], [0, 2], mode === 'areas' ? '#ffffff' : '#111111', '#111111'] as unknown as Expr, 'text-halo-color': mode === 'areas' ? 'rgba(0,0,0,0)' : 'rgba(255,255,255,.8)', 'text-halo-width': 1 },
    },
    {
      id: 'compound-name', type: 'symbol', minzoom: mode === 'coverage' ? 13 : 13.6, source: 'compound-names',
      layout: {
        'text-field': figure as Expr, ...text(['interpolate', ['linear'], ['zoom'], 13, 11, 15, 12.5]), 'text-line-height': 1.35,
        'symbol-sort-key': ['get', 'rank'], 'text-padding': 3, visibility: mode === 'issues' ? 'none' : 'visible',
        ...(mode === 'coverage' ? { 'text-anchor': 'center' as const } : { 'text-variable-anchor-offset': ['center', [0, 0], 'bottom', [0, -1.2], 'top', [0, 1.2], 'bottom', [0, -2.4], 'top', [0, 2.4]] as never }),
      },
      paint: { 'text-color': '#2b3331', 'text-halo-color': 'rgba(252,250,246,.95)', 'text-halo-width': 1.7 },
    },
    {
      id: 'community-name', type: 'symbol', maxzoom: 14, source: 'community-names',
      layout: { 'text-field': ['get', 'n'], ...bold(14), 'text-letter-spacing': 0.25, 'text-padding': 8 },
      paint: { 'text-color': '#2d3735', 'text-halo-color': '#f8f6f1', 'text-halo-width': 2.2 },
    },
    {
      id: 'tag', type: 'symbol', source: 'tags', layout: {
        'icon-image': ['get', 'image'], 'icon-offset': ['get', 'offset'] as unknown as Expr, 'icon-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'],
        visibility: isQuiet(mode) || mode === 'worst' ? 'none' : 'visible',
      },
    },
  ];
}

export function style(picture: Picture, mode: FillMode, deviation: readonly ColourClass[]): StyleSpecification {
  return { version: 8, sources: sources(picture), layers: layers(mode, deviation) };
}
