// Gaps on the one map: compounds by level, hatches by reason, unknown apart, buildings by reason when near, posts and pins.
// Invariant: `remove` leaves the map as it was found.
import { Marker, type AddLayerObject, type GeoJSONSource, type Map as GlMap, type MapMouseEvent } from 'maplibre-gl';
import { REASONS, type GapBuildings, type GapItem, type Reason } from '../api/coverage';
import { LEVELS } from '../core/gaps';
import type { CityMap } from './map';

export interface GapPicture {
  readonly items: readonly GapItem[];
  readonly buildings: GapBuildings | null;
  readonly selected: string | null;
  readonly labels: readonly { readonly text: string; readonly figure: string; readonly at: readonly [number, number]; readonly rank: number }[];
  /** The best next posts, in their order. */
  readonly posts: readonly { readonly at: readonly [number, number]; readonly text: string }[];
}
export interface GapPin { readonly at: readonly [number, number]; readonly label: string; readonly text: string }
export interface GapListeners {
  picked(id: string | null): void;
  hovered(id: string | null): void;
  /** A pin was put down elsewhere. */
  moved(pin: number, at: [number, number], ended: boolean): void;
  removed(pin: number): void;
  /** Whether the view is near enough for buildings: far away nobody asks for all of them. */
  near(on: boolean): void;
}

/** Buildings show their own reason from here on. */
const NEAR = 15;
const UNDER_ROADS = 'area-border-case';
const OVER_ROADS = 'gate';
/** A step of an arrow key, pixels; with Shift. */
const STEP = [12, 60] as const;
type Expr = never;

export class GapMap {
  private readonly gl: GlMap;
  private picture: GapPicture | null = null;
  private lit = new Set<string>();
  private litBuildings = new Set<string>();
  private shownBuildings: GapBuildings | null = null;
  private pins: Marker[] = [];
  private markers: Marker[] = [];
  private gone = false;

  constructor(private readonly city: CityMap, private readonly version: string, private readonly on: GapListeners) {
    this.gl = city.gl;
    city.claim(true);
    this.gl.on('click', this.click);
    this.gl.on('mousemove', this.move);
    this.gl.on('mouseout', this.out);
    this.gl.on('zoomend', this.zoomed);
    this.zoomed();
  }

  show(picture: GapPicture): void {
    this.picture = picture;
    void this.city.ready.then(() => { if (!this.gone && this.city.alive && this.picture === picture) this.draw(picture); });
  }

  /** Pins that can be dragged or moved by arrows; those that stay keep their element and so the focus. */
  setPins(pins: readonly GapPin[], words: (n: number, text: string) => string): void {
    while (this.pins.length > pins.length) this.pins.pop()!.remove();
    pins.forEach(({ at, label, text }, i) => {
      const marker = (this.pins[i] ??= this.pin(i));
      const { lng, lat } = marker.getLngLat() ?? {};
      if (lng !== at[0] || lat !== at[1]) marker.setLngLat([at[0], at[1]]);
      const node = marker.getElement();
      node.setAttribute('aria-label', words(i + 1, text));
      node.querySelector('b')!.textContent = label;
      node.querySelector('span')!.textContent = text;
    });
  }

  /** The middle of the view: where a new pin begins. */
  centre(): [number, number] {
    return this.gl.getCenter().toArray() as [number, number];
  }

  remove(): void {
    this.gone = true;
    for (const marker of [...this.pins, ...this.markers]) marker.remove();
    this.gl.off('click', this.click);
    this.gl.off('mousemove', this.move);
    this.gl.off('mouseout', this.out);
    this.gl.off('zoomend', this.zoomed);
    if (!this.city.alive) return;
    for (const { id } of this.gl.getStyle().layers) if (id.startsWith('gap-')) this.gl.removeLayer(id);
    for (const id of Object.keys(this.gl.getStyle().sources)) if (id.startsWith('gap-')) this.gl.removeSource(id);
    this.city.claim(false);
  }

  private pin(i: number): Marker {
    const node = document.createElement('button');
    node.type = 'button';
    node.className = 'gap-pin';
    node.innerHTML = '<svg width="28" height="36" viewBox="-14 -35 28 36" aria-hidden="true"><path d="M0 0C-6 -9 -12 -14 -12 -21A12 12 0 0 1 12 -21C12 -14 6 -9 0 0z" fill="#0a4f4b" stroke="#fff" stroke-width="2"/></svg><b></b><span></span>';
    const marker = new Marker({ element: node, anchor: 'bottom', draggable: true }).setLngLat([0, 0]).addTo(this.gl);
    const told = (ended: boolean) => this.on.moved(i, marker.getLngLat().toArray() as [number, number], ended);
    marker.on('drag', () => told(false));
    marker.on('dragend', () => told(true));
    node.addEventListener('keydown', (event) => {
      if (event.code === 'Delete' || event.code === 'Backspace') {
        event.preventDefault();
        this.on.removed(i);
        return;
      }
      const step = STEP[event.shiftKey ? 1 : 0];
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.code];
      if (!by) return;
      // The map would move under the pin.
      event.preventDefault();
      event.stopPropagation();
      const { x, y } = this.gl.project(marker.getLngLat());
      marker.setLngLat(this.gl.unproject([x + by[0]!, y + by[1]!]));
      told(true);
    });
    return marker;
  }

  private draw(picture: GapPicture): void {
    if (!this.gl.getSource('gap-compounds')) this.place();
    const compounds = { source: 'gap-compounds', sourceLayer: 'compounds' };
    const now = new Set(picture.items.map(({ id }) => id));
    for (const id of this.lit) if (!now.has(id)) this.gl.removeFeatureState({ ...compounds, id });
    for (const { id, level, reason } of picture.items) {
      // What is served well enough keeps its hatch away: a hatch is a call to look.
      const hatched = reason !== null && level !== null && level > 0;
      this.gl.setFeatureState({ ...compounds, id }, { k: level ?? -1, r: hatched ? REASONS.indexOf(reason) : -1, unknown: level === null, sel: id === picture.selected });
    }
    this.lit = now;
    if (picture.buildings !== this.shownBuildings) this.roofs(picture.buildings);
    (this.gl.getSource('gap-labels') as GeoJSONSource).setData({
      type: 'FeatureCollection',
      features: picture.labels.map(({ text, figure, at, rank }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [...at] }, properties: { text, figure, rank } })),
    });
    for (const marker of this.markers) marker.remove();
    this.markers = picture.posts.map(({ at, text }, i) => {
      const node = document.createElement('div');
      node.className = 'gap-post';
      node.title = text;
      node.setAttribute('role', 'img');
      node.setAttribute('aria-label', text);
      node.textContent = String(i + 1);
      return new Marker({ element: node, anchor: 'center' }).setLngLat([at[0], at[1]]).addTo(this.gl);
    });
  }

  private roofs(buildings: GapBuildings | null): void {
    this.shownBuildings = buildings;
    const source = { source: 'gap-buildings', sourceLayer: 'buildings' };
    const now = new Set((buildings?.items ?? []).map(({ id }) => id));
    for (const id of this.litBuildings) if (!now.has(id)) this.gl.removeFeatureState({ ...source, id });
    for (const { id, reason } of buildings?.items ?? []) this.gl.setFeatureState({ ...source, id }, { r: reason ? REASONS.indexOf(reason) : -1 });
    this.litBuildings = now;
  }

  private place(): void {
    const tiles = (layer: string) => [`${location.origin}/api/v1/tiles/${layer}/{z}/{x}/{y}?v=${this.version}`];
    this.gl.addSource('gap-compounds', { type: 'vector', tiles: tiles('compounds'), minzoom: 6, maxzoom: 16, promoteId: 'u' });
    this.gl.addSource('gap-buildings', { type: 'vector', tiles: tiles('buildings'), minzoom: 13, maxzoom: 16, promoteId: 'u' });
    this.gl.addSource('gap-labels', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    const from = { source: 'gap-compounds', 'source-layer': 'compounds' };
    const roofs = { source: 'gap-buildings', 'source-layer': 'buildings' };
    const polygon = ['==', ['geometry-type'], 'Polygon'] as Expr;
    const state = (name: string, otherwise: unknown) => ['coalesce', ['feature-state', name], otherwise];
    const when = (test: unknown, opacity: number) => ['case', test, opacity, 0] as Expr;
    const colour = ['match', state('k', -1), ...LEVELS.flatMap((level, i) => [i, level.colour]), 'rgba(0,0,0,0)'] as Expr;
    const hatch = (id: string, of: { source: string; 'source-layer': string }, reason: Reason, opacity: number) => ({ id, type: 'fill' as const, ...of, filter: polygon, paint: { 'fill-pattern': `gap-${reason}`, 'fill-opacity': when(['==', state('r', -1), REASONS.indexOf(reason)], opacity) } });
    const under: AddLayerObject[] = [
      { id: 'gap-fill', type: 'fill', ...from, filter: polygon, paint: { 'fill-color': colour, 'fill-opacity': 0.8 } },
      { id: 'gap-unknown', type: 'fill', ...from, filter: polygon, paint: { 'fill-pattern': 'unknown', 'fill-opacity': when(state('unknown', false), 0.9) } },
      ...REASONS.map((reason) => ({ ...hatch(`gap-${reason}`, from, reason, 0.62), maxzoom: NEAR })),
    ];
    const over: AddLayerObject[] = [
      { id: 'gap-line', type: 'line', ...from, filter: polygon, paint: { 'line-color': '#ffffff', 'line-width': 1.4 } },
      { id: 'gap-roof', type: 'fill', minzoom: NEAR, ...roofs, filter: polygon, paint: { 'fill-color': '#ffffff', 'fill-opacity': when(['>=', state('r', -1), 0], 0.94) } },
      ...REASONS.map((reason) => ({ ...hatch(`gap-roof-${reason}`, roofs, reason, 1), minzoom: NEAR })),
      { id: 'gap-roof-line', type: 'line', minzoom: NEAR, ...roofs, filter: polygon, paint: { 'line-color': '#7f3b08', 'line-width': 1.2, 'line-opacity': when(['>=', state('r', -1), 0], 1) } },
      { id: 'gap-selected', type: 'line', ...from, filter: polygon, layout: { 'line-join': 'round' }, paint: { 'line-color': '#1d2a2f', 'line-width': 3.4, 'line-opacity': when(state('sel', false), 1) } },
      { id: 'gap-dot', type: 'circle', ...from, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': ['match', state('k', -1), ...LEVELS.flatMap((level, i) => [i, level.colour]), '#ffffff'] as Expr, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 6, 1.6, 12, 4, 16, 10], 'circle-stroke-color': ['case', state('unknown', false), '#8a8172', '#1d2a2f'] as Expr, 'circle-stroke-width': ['case', state('sel', false), 2.4, 0.8] as Expr } },
    ];
    for (const layer of under) this.gl.addLayer(layer, UNDER_ROADS);
    for (const layer of over) this.gl.addLayer(layer, OVER_ROADS);
    this.gl.addLayer({
      id: 'gap-label', type: 'symbol', source: 'gap-labels', minzoom: 12.5,
      layout: { 'text-field': ['format', ['get', 'text'], {}, '\n', {}, ['get', 'figure'], { 'text-font': ['literal', ['Noto Sans CJK SC Bold']] }] as Expr, 'text-font': ['Noto Sans CJK SC Regular'], 'text-size': ['interpolate', ['linear'], ['zoom'], 13, 11, 15, 12.5], 'text-line-height': 1.3, 'symbol-sort-key': ['get', 'rank'], 'text-padding': 3 },
      paint: { 'text-color': '#1d2a2f', 'text-halo-color': 'rgba(252,250,246,.95)', 'text-halo-width': 1.8 },
    });
  }

  private hit(event: MapMouseEvent): string | null {
    const near = ['gap-roof'].filter((id) => this.gl.getLayer(id));
    const roof = this.gl.getZoom() >= NEAR ? this.gl.queryRenderedFeatures(event.point, { layers: near })[0] : undefined;
    const compound = roof ? this.picture?.buildings?.items.find(({ id }) => id === roof.properties.u)?.compound : null;
    if (compound) return compound;
    const found = this.gl.queryRenderedFeatures(event.point, { layers: ['gap-dot', 'gap-fill'].filter((id) => this.gl.getLayer(id)) })[0];
    return found?.properties.u ? String(found.properties.u) : null;
  }

  private readonly click = (event: MapMouseEvent): void => {
    // A pin is dropped or clicked above the map; that is no choice of a compound.
    if ((event.originalEvent.target as Element).closest?.('.gap-pin')) return;
    this.on.picked(this.hit(event));
  };
  private frame = 0;
  private readonly move = (event: MapMouseEvent): void => {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (this.gone || !this.city.alive) return;
      const id = this.hit(event);
      this.gl.getCanvas().style.cursor = id ? 'pointer' : '';
      this.on.hovered(id);
    });
  };
  private readonly zoomed = (): void => this.on.near(this.gl.getZoom() >= NEAR);
  private readonly out = (): void => this.on.hovered(null);
}
