// Issues on the one map: places by class, hatches of hot spots and of few data, hexagons, density, circles.
// Colours follow by feature state on a source of its own, so that the workbench keeps the dense ids of the common one.
// Invariant: `remove` leaves the map as it was found.
import { LngLatBounds, addProtocol, removeProtocol, type AddLayerObject, type GeoJSONSource, type Map as GlMap, type MapMouseEvent } from 'maplibre-gl';
import type { FeatureCollection } from 'geojson';
import type { HeatBy, HeatItem } from '../api/issues';
import { decodeHeat, heatPixels, unpacked } from '../core/heat-tile';
import { POINTS } from '../core/heat-points';
import { CHANGE, CIVIDIS, faceOf, mostChange, rateColours } from '../core/rate-classes';
import type { CityMap } from './map';

export type HeatLayer = 'rate' | 'density' | 'hot' | 'change';

export interface HeatPicture {
  readonly layer: HeatLayer;
  readonly by: HeatBy;
  readonly items: readonly HeatItem[];
  /** Upper bounds of the classes. */
  readonly bounds: readonly number[];
  readonly selected: string | null;
  /** Name, figure and place of what is labelled. */
  readonly labels: readonly { readonly text: string; readonly figure: string; readonly at: readonly [number, number]; readonly rank: number }[];
  /** Address of density tiles with `{z}/{x}/{y}`. */
  readonly densityUrl: string;
  /** Issues per km² of the darkest colour; `null` while it is unknown. */
  readonly scale: number | null;
  /** Address of the points of a box `w,s,e,n`. */
  readonly pointsUrl: (bbox: string) => string;
}

export interface HeatListeners {
  picked(id: string | null): void;
  hovered(id: string | null): void;
  /** A circle: one issue. */
  issue(id: string): void;
}

/** Circles from here on; below it the density is a texture. */
const CIRCLE_ZOOM = 16;
const UNDER_ROADS = 'area-border-case';
const OVER_ROADS = 'gate';
const PROTOCOL = 'gkheat';
const TILES: Record<Exclude<HeatBy, 'h3'>, { layer: string; id: string; zooms: [number, number] }> = {
  compound: { layer: 'compounds', id: 'u', zooms: [6, 16] }, community: { layer: 'regions', id: 'code', zooms: [6, 16] }, grid: { layer: 'grids', id: 'code', zooms: [12, 16] },
};
const empty = (): FeatureCollection => ({ type: 'FeatureCollection', features: [] });
type Expr = never;
/** Issues without a point, by what they lie in; see the API. */
interface Unplaced { readonly id: string; readonly at: [number, number]; readonly n: number; readonly overdue: number }

export class HeatMap {
  private readonly gl: GlMap;
  private picture: HeatPicture | null = null;
  private by: HeatBy | null = null;
  private density = '';
  private lit = new Set<string>();
  private asked: AbortController | null = null;
  private gone = false;

  constructor(private readonly city: CityMap, private readonly version: string, private readonly on: HeatListeners) {
    this.gl = city.gl;
    city.claim(true);
    addProtocol(PROTOCOL, async ({ url }, abort) => ({ data: await this.texture(url, abort.signal) }));
    this.gl.on('click', this.click);
    this.gl.on('mousemove', this.move);
    this.gl.on('mouseout', this.out);
    this.gl.on('moveend', this.points);
  }

  show(picture: HeatPicture): void {
    this.picture = picture;
    void this.city.ready.then(() => { if (!this.gone && this.city.alive && this.picture === picture) this.draw(picture); });
  }

  /** The middle of what is loaded of a place; `null` when nothing is. */
  middle(id: string): [number, number] | null {
    if (this.by === null || !this.gl.getSource('heat-units')) return null;
    const [layer, key] = this.by === 'h3' ? [undefined, 'key'] : [TILES[this.by].layer, TILES[this.by].id];
    const found = this.gl.querySourceFeatures('heat-units', { ...(layer ? { sourceLayer: layer } : {}), filter: ['==', ['get', key], id] });
    const box = new LngLatBounds();
    for (const { geometry } of found) for (const ring of geometry.type === 'Polygon' ? geometry.coordinates : geometry.type === 'MultiPolygon' ? geometry.coordinates.flat() : []) for (const at of ring) box.extend([at[0]!, at[1]!]);
    return box.isEmpty() ? null : (box.getCenter().toArray() as [number, number]);
  }

  remove(): void {
    this.gone = true;
    this.asked?.abort();
    this.gl.off('click', this.click);
    this.gl.off('mousemove', this.move);
    this.gl.off('mouseout', this.out);
    this.gl.off('moveend', this.points);
    removeProtocol(PROTOCOL);
    if (!this.city.alive) return;
    this.drop('heat-');
    this.city.claim(false);
  }

  private draw(picture: HeatPicture): void {
    const dense = picture.layer === 'density';
    if (this.by !== picture.by) this.place(picture.by);
    this.setUrl(dense && picture.scale !== null ? picture.densityUrl : '', picture.scale ?? 0);
    for (const { id } of this.gl.getStyle().layers) {
      if (!id.startsWith('heat-') || id.startsWith('heat-density')) continue;
      const shown = id === 'heat-circle' || id === 'heat-unplaced' ? dense : id.startsWith('heat-hot') ? picture.layer === 'hot' || picture.layer === 'rate' : id === 'heat-selected' || !dense;
      this.gl.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none');
    }
    const colours = picture.layer === 'change' ? CHANGE : rateColours(picture.bounds);
    const paint = ['match', ['coalesce', ['feature-state', 'k'], -1], ...colours.flatMap((colour, i) => [i, colour]), 'rgba(0,0,0,0)'] as Expr;
    if (this.gl.getLayer('heat-fill')) this.gl.setPaintProperty('heat-fill', 'fill-color', paint);
    if (this.gl.getLayer('heat-dot')) this.gl.setPaintProperty('heat-dot', 'circle-color', paint);
    this.light(picture);
    (this.gl.getSource('heat-labels') as GeoJSONSource).setData({
      type: 'FeatureCollection',
      features: dense ? [] : picture.labels.map(({ text, figure, at, rank }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [...at] }, properties: { text, figure, rank } })),
    });
    this.points();
  }

  /** States of all places: class, few data, hot spot, selection. */
  private light({ layer, by, items, bounds, selected }: HeatPicture): void {
    const source = { source: 'heat-units', ...(by === 'h3' ? {} : { sourceLayer: TILES[by].layer }) };
    if (by === 'h3') {
      (this.gl.getSource('heat-units') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: items.filter((item) => item.outline).map((item) => ({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...item.outline!, item.outline![0]!]] }, properties: { key: item.id } })),
      });
    }
    const most = mostChange(items);
    const now = new Set(items.map(({ id }) => id));
    for (const id of this.lit) if (!now.has(id)) this.gl.removeFeatureState({ ...source, id });
    for (const item of items) {
      const face = faceOf(item, layer === 'density' ? 'rate' : layer, bounds, most);
      this.gl.setFeatureState({ ...source, id: item.id }, { k: face.kind === 'class' ? face.at : -1, few: face.kind === 'small', hot: item.hot ?? 0, sel: item.id === selected });
    }
    this.lit = now;
  }

  /** Another kind of place: its own source and layers, under the roads. */
  private place(by: HeatBy): void {
    this.drop('heat-');
    this.by = by;
    this.density = '';
    this.lit = new Set();
    const tiles = by === 'h3' ? null : TILES[by];
    this.gl.addSource('heat-units', tiles
      ? { type: 'vector', tiles: [`${location.origin}/api/v1/tiles/${tiles.layer}/{z}/{x}/{y}?v=${this.version}`], minzoom: tiles.zooms[0], maxzoom: tiles.zooms[1], promoteId: tiles.id }
      : { type: 'geojson', data: empty(), promoteId: 'key' });
    this.gl.addSource('heat-labels', { type: 'geojson', data: empty() });
    this.gl.addSource('heat-points', { type: 'geojson', data: empty() });
    this.gl.addSource('heat-unplaced', { type: 'geojson', data: empty() });
    const from = { source: 'heat-units', ...(tiles ? { 'source-layer': tiles.layer } : {}) };
    const polygon = (by === 'community' ? ['all', ['==', ['geometry-type'], 'Polygon'], ['==', ['get', 'l'], 'community']] : ['==', ['geometry-type'], 'Polygon']) as Expr;
    const state = (name: string) => ['coalesce', ['feature-state', name], name === 'few' || name === 'sel' ? false : 0];
    const when = (test: unknown, opacity: number) => ['case', test, opacity, 0] as Expr;
    const hot = (level: number) => ['==', ['abs', state('hot')], level];
    const under: AddLayerObject[] = [
      { id: 'heat-fill', type: 'fill', ...from, filter: polygon, paint: { 'fill-color': 'rgba(0,0,0,0)', 'fill-opacity': 0.84 } },
      { id: 'heat-few', type: 'fill', ...from, filter: polygon, paint: { 'fill-pattern': 'heat-few', 'fill-opacity': when(state('few'), 1) } },
      ...([90, 95, 99] as const).flatMap((level): AddLayerObject[] => [
        { id: `heat-hot-${level}`, type: 'fill', ...from, filter: polygon, paint: { 'fill-pattern': `heat-hot-${level}`, 'fill-opacity': when(['all', hot(level), ['>', state('hot'), 0], ['!', state('few')]], 0.75) } },
        { id: `heat-hot-cold-${level}`, type: 'fill', ...from, filter: polygon, paint: { 'fill-pattern': `heat-cold-${level}`, 'fill-opacity': when(['all', hot(level), ['<', state('hot'), 0], ['!', state('few')]], 0.75) } },
      ]),
    ];
    const over: AddLayerObject[] = [
      { id: 'heat-line', type: 'line', ...from, filter: polygon, paint: { 'line-color': '#ffffff', 'line-width': 1.4 } },
      { id: 'heat-hot-case', type: 'line', ...from, filter: polygon, layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 4, 'line-opacity': when(['>=', state('hot'), 95], 1) } },
      { id: 'heat-hot-line', type: 'line', ...from, filter: polygon, layout: { 'line-join': 'round' }, paint: { 'line-color': '#a3281b', 'line-width': 2, 'line-opacity': when(['>=', state('hot'), 95], 1) } },
      { id: 'heat-selected', type: 'line', ...from, filter: polygon, layout: { 'line-join': 'round' }, paint: { 'line-color': '#1d2a2f', 'line-width': 3.4, 'line-opacity': when(state('sel'), 1) } },
      { id: 'heat-dot', type: 'circle', ...from, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': 'rgba(0,0,0,0)', 'circle-radius': ['interpolate', ['linear'], ['zoom'], 6, 1.6, 12, 4, 16, 10], 'circle-stroke-color': '#1d2a2f', 'circle-stroke-width': when(state('sel'), 2) } },
      { id: 'heat-circle', type: 'circle', source: 'heat-points', minzoom: CIRCLE_ZOOM, paint: { 'circle-radius': 7, 'circle-color': ['case', ['get', 'overdue'], POINTS.overdue, ['get', 'closed'], POINTS.closed, POINTS.open] as Expr, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
    ];
    const marks: AddLayerObject = { id: 'heat-unplaced', type: 'symbol', source: 'heat-unplaced', minzoom: CIRCLE_ZOOM, layout: { 'icon-image': 'heat-unplaced', 'icon-allow-overlap': true, 'text-field': ['get', 'n'], 'text-font': ['Noto Sans CJK SC Bold'], 'text-size': 11, 'text-allow-overlap': true }, paint: { 'text-color': ['case', ['get', 'overdue'], POINTS.overdue, '#1d2a2f'] as Expr } };
    for (const layer of under) this.gl.addLayer(layer, UNDER_ROADS);
    for (const layer of over) this.gl.addLayer(layer, OVER_ROADS);
    this.gl.addLayer(marks);
    this.gl.addLayer({
      id: 'heat-label', type: 'symbol', source: 'heat-labels', minzoom: 12.5,
      layout: { 'text-field': ['format', ['get', 'text'], {}, '\n', {}, ['get', 'figure'], { 'text-font': ['literal', ['Noto Sans CJK SC Bold']] }] as Expr, 'text-font': ['Noto Sans CJK SC Regular'], 'text-size': ['interpolate', ['linear'], ['zoom'], 13, 11, 15, 12.5], 'text-line-height': 1.3, 'symbol-sort-key': ['get', 'rank'], 'text-padding': 3 },
      paint: { 'text-color': '#1d2a2f', 'text-halo-color': 'rgba(252,250,246,.95)', 'text-halo-width': 1.8 },
    });
  }

  /** Density tiles of another filter or scale are another source. */
  private setUrl(url: string, scale: number): void {
    const wanted = url === '' ? '' : `${PROTOCOL}://${scale}|${location.origin}${url}`;
    if (wanted === this.density) return;
    this.density = wanted;
    this.drop('heat-density');
    if (wanted === '') return;
    this.gl.addSource('heat-density', { type: 'raster', tiles: [wanted], tileSize: 512, minzoom: 6, maxzoom: CIRCLE_ZOOM });
    this.gl.addLayer({ id: 'heat-density', type: 'raster', source: 'heat-density', maxzoom: CIRCLE_ZOOM, paint: { 'raster-opacity': 0.9, 'raster-fade-duration': 0, 'raster-resampling': 'linear' } }, OVER_ROADS);
  }

  private async texture(url: string, signal: AbortSignal): Promise<ImageBitmap> {
    const [scale, address] = split(url.slice(PROTOCOL.length + 3));
    const answer = await fetch(address, { signal });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const bytes = await unpacked(new Uint8Array(await answer.arrayBuffer()));
    if (bytes.length === 0) return createImageBitmap(new ImageData(1, 1));
    const tile = decodeHeat(bytes);
    return createImageBitmap(new ImageData(heatPixels(tile, scale, CIVIDIS) as Uint8ClampedArray<ArrayBuffer>, tile.width, tile.height));
  }

  /** Circles of the view, once it is near enough. */
  private readonly points = (): void => {
    const { picture } = this;
    const source = this.gl.getSource('heat-points') as GeoJSONSource | undefined;
    if (!picture || !source || picture.layer !== 'density' || this.gl.getZoom() < CIRCLE_ZOOM) return;
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    const bounds = this.gl.getBounds();
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degree) => degree.toFixed(5)).join(',');
    // The list beside the map tells what failed; circles only stay as they were.
    fetch(picture.pointsUrl(bbox), { signal: asked.signal })
      .then((answer) => (answer.ok ? (answer.json() as Promise<FeatureCollection & { unplaced?: Unplaced[] }>) : null))
      .then((found) => {
        if (!found || asked.signal.aborted || this.gone) return;
        source.setData(found);
        (this.gl.getSource('heat-unplaced') as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features: (found.unplaced ?? []).map(({ id, n, overdue, at }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { id, n: String(n), overdue: overdue > 0 } })) });
      })
      .catch(() => undefined);
  };

  private hit(event: MapMouseEvent): { issue: string | null; place: string | null } {
    const layers = ['heat-circle', 'heat-unplaced', 'heat-dot', 'heat-fill'].filter((id) => this.gl.getLayer(id));
    const hits = this.gl.queryRenderedFeatures(event.point, { layers });
    const issue = hits.find(({ layer }) => layer.id === 'heat-circle')?.properties.id;
    const place = hits.find(({ layer }) => layer.id !== 'heat-circle');
    if (place?.layer.id === 'heat-unplaced') return { issue: typeof issue === 'string' ? issue : null, place: String(place.properties.id) };
    const key = this.by === null || this.by === 'h3' ? 'key' : TILES[this.by].id;
    return { issue: typeof issue === 'string' ? issue : null, place: place ? String(place.properties[key] ?? '') || null : null };
  }

  private readonly click = (event: MapMouseEvent): void => {
    const { issue, place } = this.hit(event);
    if (issue) this.on.issue(issue);
    else this.on.picked(place);
  };
  private frame = 0;
  private readonly move = (event: MapMouseEvent): void => {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (this.gone || !this.city.alive) return;
      const { issue, place } = this.hit(event);
      this.gl.getCanvas().style.cursor = issue || place ? 'pointer' : '';
      this.on.hovered(place);
    });
  };
  private readonly out = (): void => this.on.hovered(null);

  private drop(prefix: string): void {
    for (const { id } of this.gl.getStyle().layers) if (id.startsWith(prefix)) this.gl.removeLayer(id);
    for (const id of Object.keys(this.gl.getStyle().sources)) if (id.startsWith(prefix)) this.gl.removeSource(id);
  }
}

/** `scale|address`. */
function split(text: string): [number, string] {
  const at = text.indexOf('|');
  return [Number(text.slice(0, at)), text.slice(at + 1)];
}

