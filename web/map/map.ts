// One persistent MapLibre map for all routes: it is made once, and only its sources, fills and filters change.
// It knows no framework and no store; it is told what to show and tells what was clicked.
import * as maplibregl from 'maplibre-gl';
import { type GeoJSONSource, type LngLatBoundsLike, type MapGeoJSONFeature, type VectorTileSource } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { areaColour, areaInk, type ColourClass } from '../core/colours';
import { count, deviation as signed } from '../core/format';
import { spread } from '../core/spread';
import type { MapView } from '../core/view';
import { addPatterns, tagImage, tagSize, type TagFace } from './patterns';
import { FONTS } from './palette';
import { LAYERS, draftRoof, fills, isQuiet, layers, style, tileUrl, type FillMode, type Picture } from './style';

maplibregl.setWorkerUrl(workerUrl);
// The worker reads its script while the page is still being put together.
maplibregl.prewarm();

export interface BaseMap { kind: string; url: string; attribution: string; approval_no: string }
export interface Tag { id: string; label: string; colour: number; households: number | null; deviationBp: number | null; outOfBand: boolean; at: [number, number] }
export interface CompoundName { id: string; name: string; line: string; households: number; at: [number, number] }
export type Picked = { kind: 'building' | 'compound' | 'area'; id: string; lon: number; lat: number } | { kind: 'none'; lon: number; lat: number };
export interface Selection { kind: string; id: string }

/** Most tags that are drawn with their figures; beyond it, numbers only and without pushing apart. */
const MAX_SPREAD = 260;

export interface Listeners {
  picked(what: Picked): void;
  moved(view: MapView, metresPerPixel: number): void;
  hovered(text: string | null): void;
  failed(message: string): void;
  idle(): void;
  /** The graphics context is gone, and with it all that was drawn: the map is of no more use. */
  lost(): void;
}

export class CityMap {
  readonly gl: maplibregl.Map;
  private picture: Picture;
  private mode: FillMode = 'areas';
  private deviation: readonly ColourClass[];
  private tags: Tag[] = [];
  private bandShown = true;
  private selection: Selection | null = null;
  private large = false;
  /** What the view was fitted to, until somebody moves it: the page around the map may still change its size. */
  private fitted: [[number, number], [number, number]] | null = null;
  /** Sources and layers are there to be filled; what is drawn comes later. */
  readonly ready: Promise<void>;
  /** The first whole frame is drawn. */
  private readonly drawn: Promise<void>;
  /** While a plan is edited, its tools own the pointer and the roofs. */
  private editing = false;

  constructor(node: HTMLElement, picture: Picture, deviation: readonly ColourClass[], mode: FillMode, start: MapView | LngLatBoundsLike | null, private readonly on: Listeners) {
    this.picture = this.shown = picture;
    this.deviation = deviation;
    this.mode = mode;
    const view = start && 'zoom' in (start as object) ? (start as MapView) : null;
    this.gl = new maplibregl.Map({
      container: node,
      style: style(picture, mode, deviation),
      localIdeographFontFamily: FONTS,
      attributionControl: false,
      ...(view ? { center: [view.lon, view.lat] as [number, number], zoom: view.zoom } : start ? { bounds: start as LngLatBoundsLike, fitBoundsOptions: { padding: 24 } } : { center: [104, 35] as [number, number], zoom: 4 }),
      minZoom: 6, maxZoom: 19.5, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      // Lines are smoothed by their shader: multisampling would only cost a computer without a graphics card.
      fadeDuration: 0, renderWorldCopies: false, maxTileCacheSize: 200,
    });
    this.gl.touchZoomRotate.disableRotation();
    this.gl.keyboard.disableRotation();
    // Patterns belong to the style: they are there before the first tile.
    this.gl.once('style.load', () => addPatterns(this.gl));
    if (!view && Array.isArray(start) && start.length === 4) this.fitted = corners(start as number[]);
    this.ready = new Promise((resolve) => { this.gl.once('style.load', () => resolve()); });
    this.drawn = new Promise((resolve) => { this.gl.once('load', () => resolve()); });
    this.listen();
  }

  private listen(): void {
    const map = this.gl;
    map.on('click', (event) => { if (!this.editing && !this.claimed) this.on.picked(this.pick(event.point, event.lngLat)); });
    let frame = 0;
    map.on('mousemove', (event) => {
      if (this.editing || this.claimed) return;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const hit = this.features(event.point)[0];
        map.getCanvas().style.cursor = hit ? 'pointer' : '';
        this.on.hovered(hit ? describe(hit) : null);
      });
    });
    map.on('mouseout', () => this.on.hovered(null));
    const moved = () => {
      this.drawTags();
      this.reportView();
    };
    map.on('moveend', moved);
    map.on('load', moved);
    map.on('movestart', (event) => { if (event.originalEvent) this.fitted = null; });
    let size = '';
    map.on('resize', () => {
      const { clientWidth, clientHeight } = map.getContainer();
      const before = size;
      size = `${clientWidth} ${clientHeight}`;
      if (this.fitted && before !== '' && before !== size) map.fitBounds(this.fitted, { padding: 28, maxZoom: 17, duration: 0 });
      this.reportView();
    });
    map.on('error', (event) => {
      const status = (event.error as { status?: number }).status;
      if (status !== 404) this.on.failed(event.error.message);
    });
    map.on('idle', () => { if (!this.waiting) this.on.idle(); });
    // The library would restore style and tiles, but neither what is painted by hand nor what is added later.
    map.on('webglcontextlost', () => this.on.lost());
  }

  /** Whether there is still something to draw on. */
  get alive(): boolean {
    return Boolean(this.gl.style);
  }

  private reportView(): void {
    const map = this.gl;
    const { lng, lat } = map.getCenter();
    const metresPerPixel = (40_075_016.7 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
    this.on.moved({ lon: lng, lat, zoom: map.getZoom() }, metresPerPixel);
  }

  private features(point: maplibregl.Point): MapGeoJSONFeature[] {
    const ids = ['tag', 'roof', 'compound-point', 'compound-fill', 'block', 'wash'].filter((id) => this.gl.getLayer(id));
    return this.gl.queryRenderedFeatures(point, { layers: ids });
  }

  private pick(point: maplibregl.Point, at: maplibregl.LngLat): Picked {
    const place = { lon: at.lng, lat: at.lat };
    const hits = this.features(point);
    const of = (...ids: string[]) => hits.find((hit) => ids.includes(hit.layer.id))?.properties;
    const tag = of('tag');
    if (tag) return { kind: 'area', id: String(tag.u), ...place };
    const roof = of('roof');
    // Tiles below zoom 14 carry no identity of buildings.
    if (roof?.u) return { kind: 'building', id: String(roof.u), ...place };
    const compound = of('compound-point', 'compound-fill', 'block');
    const area = of('wash');
    if (this.mode !== 'coverage' && area) return { kind: 'area', id: String(area.u), ...place };
    if (compound?.u) return { kind: 'compound', id: String(compound.u), ...place };
    if (area) return { kind: 'area', id: String(area.u), ...place };
    return { kind: 'none', ...place };
  }

  /** The area at a place of the canvas, in pixels from its corner. */
  areaAt(x: number, y: number): string | null {
    const layers = ['tag', 'wash'].filter((id) => this.gl.getLayer(id));
    const hit = this.gl.queryRenderedFeatures([x, y], { layers })[0];
    return hit ? String(hit.properties.u) : null;
  }

  /** Shows another data version or plan; old tiles stay until the new ones are there. */
  show(picture: Picture): void {
    if (picture.version === this.picture.version && picture.plan === this.picture.plan) return;
    this.picture = picture;
    void this.ready.then(() => {
      if (this.waiting) return;
      this.waiting = true;
      // Tiles that are asked for while others of the source still load may never be reported as there.
      if (this.gl.loaded()) this.swap();
      else this.gl.once('idle', () => this.swap());
    });
  }

  /** Whether tiles of another picture are still to be asked for. */
  private waiting = false;
  private shown: Picture;

  private swap(): void {
    const versionMoved = this.shown.version !== this.picture.version;
    this.waiting = false;
    this.shown = this.picture;
    for (const layer of LAYERS) {
      if (!versionMoved && !['areas', 'buildings', 'compounds'].includes(layer)) continue;
      (this.gl.getSource(layer) as VectorTileSource | undefined)?.setTiles([tileUrl(layer, this.picture)]);
    }
  }

  setMode(mode: FillMode, deviation: readonly ColourClass[] = this.deviation): void {
    this.mode = mode;
    this.deviation = deviation;
    void this.ready.then(() => {
      const map = this.gl;
      const wanted = layers(mode, deviation);
      for (const layer of wanted) {
        if (!map.getLayer(layer.id)) continue;
        for (const [key, value] of Object.entries(layer.layout ?? {})) map.setLayoutProperty(layer.id, key as never, value as never);
        for (const [key, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, key as never, value as never);
        if (layer.minzoom !== undefined) map.setLayerZoomRange(layer.id, layer.minzoom, layer.maxzoom ?? 24);
      }
      if (this.editing) map.setPaintProperty('roof', 'fill-color', draftRoof(mode, deviation));
      this.markUnassigned();
      this.drawTags();
    });
  }

  /** Hands the pointer and the roofs to the tools of a draft, or takes them back. */
  setEditing(on: boolean): void {
    this.editing = on;
    this.on.hovered(null);
    this.gl.getCanvas().style.cursor = '';
    this.setMode(this.mode);
  }

  private claimed = false;

  /** Hands clicks and hover to what a page draws on the map, or takes them back. */
  claim(on: boolean): void {
    this.claimed = on;
    this.on.hovered(null);
    this.gl.getCanvas().style.cursor = '';
  }

  private unassignedShown = false;

  /** Buildings without an area are hatched once a plan is shown. */
  setUnassigned(shown: boolean): void {
    this.unassignedShown = shown;
    void this.ready.then(() => this.markUnassigned());
  }

  private markUnassigned(): void {
    this.gl.setLayoutProperty('roof-unassigned', 'visibility', this.unassignedShown && !this.editing && !isQuiet(this.mode) ? 'visible' : 'none');
  }

  setTags(tags: Tag[], bandShown: boolean): void {
    this.tags = tags;
    this.bandShown = bandShown;
    void this.ready.then(() => this.drawTags());
  }

  setLarge(large: boolean): void {
    this.large = large;
    void this.ready.then(() => this.drawTags());
  }

  private drawTags(): void {
    const map = this.gl;
    const source = map.getSource('tags') as GeoJSONSource | undefined;
    if (!source) return;
    const bounds = map.getBounds();
    const zoom = map.getZoom();
    const inView = this.tags.filter((tag) => bounds.contains(tag.at));
    const crowded = inView.length > MAX_SPREAD;
    const shown = crowded ? apart(inView, (tag) => map.project(tag.at)) : inView;
    const full = !crowded && (zoom >= 14.1 || inView.length <= 24);
    const faces = shown.map((tag): TagFace => ({
      label: tag.label, colour: areaColour(tag.colour), ink: areaInk(tag.colour),
      text: full ? count(tag.households) : '',
      deviation: full && this.bandShown && tag.outOfBand && tag.deviationBp !== null ? signed(tag.deviationBp) : '',
      over: (tag.deviationBp ?? 0) > 0, selected: this.selection?.id === tag.id, large: this.large,
    }));
    const boxes = shown.map((tag, i) => {
      const { x, y } = map.project(tag.at);
      const { width, height } = tagSize(faces[i]!);
      return { x, y, width: width + 2, height: height + 1 };
    });
    const shifts = crowded ? boxes.map(() => [0, 0] as [number, number]) : spread(boxes, 46);
    source.setData({
      type: 'FeatureCollection',
      features: shown.map((tag, i) => ({
        type: 'Feature', geometry: { type: 'Point', coordinates: tag.at },
        properties: { u: tag.id, image: tagImage(map, faces[i]!), offset: shifts[i]!, rank: faces[i]!.selected ? 1e6 : Math.abs(tag.deviationBp ?? 0), name: tag.label },
      })),
    });
  }

  setNames(compounds: CompoundName[], communities: { name: string; at: [number, number] }[]): void {
    // Their characters are drawn one by one: first what the map is about.
    void this.drawn.then(() => {
      if (!this.alive) return;
      (this.gl.getSource('compound-names') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: compounds.map((c) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: c.at }, properties: { u: c.id, n: c.name, line: c.line, rank: -c.households } })),
      });
      (this.gl.getSource('community-names') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: communities.map((c) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: c.at }, properties: { n: c.name } })),
      });
    });
  }

  select(selection: Selection | null): void {
    this.selection = selection;
    void this.ready.then(() => {
      const only = (kind: string) => ['==', ['get', 'u'], selection?.kind === kind ? selection.id : ''] as never;
      this.gl.setFilter('selected-roof', only('building'));
      this.gl.setFilter('selected-compound', only('compound'));
      this.gl.setFilter('selected-area', only('area'));
      this.gl.setFilter('selected-area-case', only('area'));
      this.drawTags();
    });
  }

  mark(at: [number, number] | null): void {
    void this.ready.then(() => {
      (this.gl.getSource('point') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: {} }] : [],
      });
    });
  }

  private get duration(): number {
    return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 300;
  }

  fit(bounds: readonly number[], padding = 32, maxZoom = 17): void {
    this.fitted = corners(bounds);
    if (this.fitted) this.gl.fitBounds(this.fitted, { padding, maxZoom, duration: this.duration });
  }

  flyTo(at: [number, number], zoom = 16.4): void {
    this.fitted = null;
    this.gl.easeTo({ center: at, zoom: Math.max(this.gl.getZoom(), zoom), duration: this.duration });
  }

  zoomBy(step: number): void {
    this.fitted = null;
    this.gl.easeTo({ zoom: this.gl.getZoom() + step, duration: this.duration });
  }

  /** The one thing that is fetched from outside, and only when the settings name it. */
  setBaseMap(base: BaseMap | null): void {
    if (!base) return;
    void this.ready.then(async () => {
      const map = this.gl;
      if (map.getSource('base')) return;
      if (base.kind === 'pmtiles') {
        const { addPmtiles } = await import('./pmtiles');
        await addPmtiles(maplibregl, map, base.url);
      } else {
        map.addSource('base', { type: 'raster', tiles: [base.url], tileSize: 256, attribution: base.attribution });
        map.addLayer({ id: 'base', type: 'raster', source: 'base', paint: { 'raster-saturation': -0.4, 'raster-opacity': 0.85 } }, 'land');
      }
      map.setPaintProperty('land', 'fill-opacity', 0.25);
    });
  }

  /** What is drawn now, as a PNG. The buffer is only there while a frame is drawn. */
  picturePng(): Promise<Blob | null> {
    return new Promise((resolve) => {
      this.gl.once('render', () => this.gl.getCanvas().toBlob(resolve, 'image/png'));
      this.gl.triggerRepaint();
    });
  }

  resize(): void {
    this.gl.resize();
  }
}

function corners([w, s, e, n]: readonly number[]): [[number, number], [number, number]] | null {
  return w === undefined || s === undefined || e === undefined || n === undefined ? null : [[w, s], [e, n]];
}

/** Where there is no room for all, the first of each place: tags come worst first. */
function apart(tags: readonly Tag[], at: (tag: Tag) => { x: number; y: number }): Tag[] {
  const taken = new Set<string>();
  return tags.filter((tag) => {
    const { x, y } = at(tag);
    const [column, row] = [Math.floor(x / 56), Math.floor(y / 30)];
    if (taken.has(`${column},${row}`)) return false;
    for (let dx = -1; dx <= 1; dx += 1) for (let dy = -1; dy <= 1; dy += 1) taken.add(`${column + dx},${row + dy}`);
    return true;
  });
}

function describe(hit: MapGeoJSONFeature): string {
  const p = hit.properties as Record<string, string | number | undefined>;
  const households = typeof p.h === 'number' && p.h >= 0 ? ` · ${count(p.h)} 户` : '';
  if (hit.layer.id === 'roof') return `${p.cn ?? ''}${p.n ?? ''}${households}${p.a ? ` · 片区 ${p.a}` : ''}`;
  if (hit.layer.id === 'wash' || hit.layer.id === 'tag') return `片区 ${p.a ?? p.name ?? ''}${households}`;
  return `${p.n ?? ''}${households}`;
}

export { fills };
