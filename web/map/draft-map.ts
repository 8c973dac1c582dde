// A plan being edited, on the one map: roofs follow the pointer by feature state (one layer, edited units only), the
// ground follows at the end of a stroke, and marks (selection, cursor, pieces, suggestion) are small sources of their own.
import type { Feature, FeatureCollection, Geometry, MultiPolygon } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { ColourClass } from '../core/colours';
import type { CityMap } from './map';
import { PAPER } from './palette';
import { layers, type FillMode } from './style';

type Expr = never;

/** What an area looks like; the names of its tile properties. */
export interface AreaFace {
  /** Identity. */
  readonly u: string;
  /** Label. */
  readonly a: string;
  /** Colour by number. */
  readonly z: number;
  /** Deviation in basis points. */
  readonly d: number;
  /** Outside the band. */
  readonly w: boolean;
  /** Households per pair in post. */
  readonly lo: number;
  readonly locked: boolean;
}

export interface Mark {
  readonly at: readonly [number, number];
  readonly text?: string;
}

export interface Marks {
  readonly selected: readonly Mark[];
  readonly changed: readonly Mark[];
  readonly unassigned: readonly Mark[];
  readonly cursor: Mark | null;
  readonly broken: readonly Mark[];
  readonly arrow: { readonly from: readonly [number, number]; readonly to: readonly [number, number] } | null;
}

const collection = (features: Feature[]): FeatureCollection => ({ type: 'FeatureCollection', features });
const point = ({ at, text }: Mark, kind: string): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [...at] }, properties: { kind, text: text ?? '' } });

/** Layers of areas in the tiles, which the draft's own replace. */
const AREA_LAYERS = ['wash', 'hatch-over', 'hatch-under', 'area-border-case', 'area-border', 'hachure-over', 'hachure-under', 'selected-area-case', 'selected-area'];
const own = (id: string) => `draft-${id}`;

export class DraftMap {
  private readonly gl: GlMap;
  private readonly shown = new Map<number, number>();
  private readonly dirty = new Set<number>();
  private readonly outlines = new Map<string, MultiPolygon>();
  private frame = 0;
  private faces: readonly AreaFace[] = [];
  private ended = false;

  /**
   * `feature` is the id of every unit in the tiles, `compound` says whose layer it lies in, `colourOf` gives the number
   * of its colour or class (−1 = none).
   */
  constructor(
    private readonly city: CityMap,
    private readonly feature: readonly number[],
    private readonly compound: readonly boolean[],
    private readonly colourOf: (unit: number) => number,
    private mode: FillMode,
    private deviation: readonly ColourClass[],
  ) {
    this.gl = city.gl;
    city.setEditing(true);
    void city.ready.then(() => { if (!this.ended) this.add(); });
  }

  /** Takes everything off the map again. */
  remove(): void {
    this.ended = true;
    cancelAnimationFrame(this.frame);
    if (!this.city.alive) return;
    for (const source of ['buildings', 'compounds']) {
      if (this.gl.getSource(source)) this.gl.removeFeatureState({ source, sourceLayer: source });
    }
    for (const layer of [...this.gl.getStyle().layers].map(({ id }) => id)) if (layer.startsWith('draft-')) this.gl.removeLayer(layer);
    for (const source of ['draft-areas', 'draft-marks']) if (this.gl.getSource(source)) this.gl.removeSource(source);
    for (const id of AREA_LAYERS) if (this.gl.getLayer(id)) this.gl.setLayoutProperty(id, 'visibility', 'visible');
    this.city.setEditing(false);
  }

  /** Colours units again, once in the next frame. */
  paint(units: Iterable<number>): void {
    for (const unit of units) this.dirty.add(unit);
    if (this.dirty.size > 0 && this.frame === 0) this.frame = requestAnimationFrame(() => this.flush());
  }

  /** What is waiting for the next frame, now. */
  flush(): void {
    this.frame = 0;
    for (const unit of this.dirty) {
      const k = this.colourOf(unit);
      if (this.shown.get(unit) === k) continue;
      this.shown.set(unit, k);
      const source = this.compound[unit] ? 'compounds' : 'buildings';
      this.gl.setFeatureState({ source, sourceLayer: source, id: this.feature[unit] as number }, { k });
    }
    this.dirty.clear();
  }

  /** Number of the colour that a unit is drawn in; undefined while it is the tile's own. */
  drawn(unit: number): number | undefined {
    return this.shown.get(unit);
  }

  setMode(mode: FillMode, deviation: readonly ColourClass[]): void {
    this.mode = mode;
    this.deviation = deviation;
    void this.city.ready.then(() => {
      if (this.ended) return;
      this.shown.clear();
      for (const source of ['buildings', 'compounds']) this.gl.removeFeatureState({ source, sourceLayer: source });
      for (const layer of this.areaLayers()) {
        if (!this.gl.getLayer(layer.id)) continue;
        for (const [key, value] of Object.entries(layer.paint ?? {})) this.gl.setPaintProperty(layer.id, key as never, value as never);
        for (const [key, value] of Object.entries(layer.layout ?? {})) this.gl.setLayoutProperty(layer.id, key as never, value as never);
      }
      // In the colours of areas the tiles are right where nothing was edited; classes are the draft's own everywhere.
      this.paint(this.feature.keys());
    });
  }

  /** Outlines of areas, by identity; areas that are not named keep theirs. */
  setOutlines(outlines: Iterable<readonly [string, MultiPolygon]>): void {
    for (const [id, outline] of outlines) this.outlines.set(id, outline);
    this.drawAreas();
  }

  setFaces(faces: readonly AreaFace[]): void {
    this.faces = faces;
    this.drawAreas();
  }

  setSelectedArea(id: string | null): void {
    for (const layer of ['selected-area-case', 'selected-area']) {
      if (this.gl.getLayer(own(layer))) this.gl.setFilter(own(layer), ['==', ['get', 'u'], id ?? ''] as Expr);
    }
  }

  setMarks(marks: Marks): void {
    const source = this.gl.getSource('draft-marks') as GeoJSONSource | undefined;
    if (!source) return;
    const features: Feature[] = [
      ...marks.unassigned.map((mark) => point(mark, 'unassigned')),
      ...marks.changed.map((mark) => point(mark, 'changed')),
      ...marks.selected.map((mark) => point(mark, 'selected')),
      ...marks.broken.map((mark) => point(mark, 'broken')),
      ...(marks.cursor ? [point(marks.cursor, 'cursor')] : []),
      ...(marks.arrow ? arrow(marks.arrow.from, marks.arrow.to) : []),
    ];
    source.setData(collection(features));
  }

  private drawAreas(): void {
    const source = this.gl.getSource('draft-areas') as GeoJSONSource | undefined;
    if (!source || this.outlines.size === 0) return;
    const features = this.faces.flatMap((face): Feature[] => {
      const geometry = this.outlines.get(face.u);
      return geometry ? [{ type: 'Feature', geometry: geometry as Geometry, properties: { ...face } }] : [];
    });
    source.setData(collection(features));
    for (const id of AREA_LAYERS) if (this.gl.getLayer(id)) this.gl.setLayoutProperty(id, 'visibility', 'none');
  }

  /** The layers of areas as the tiles have them, on the draft's own source. */
  private areaLayers(): LayerSpecification[] {
    return layers(this.mode, this.deviation)
      .filter(({ id }) => AREA_LAYERS.includes(id))
      .map((layer) => {
        const { ['source-layer' as never]: _, ...rest } = layer as never as Record<string, unknown>;
        return { ...rest, id: own(layer.id), source: 'draft-areas' } as unknown as LayerSpecification;
      });
  }

  private add(): void {
    const { gl } = this;
    const empty = { type: 'geojson' as const, data: collection([]) };
    gl.addSource('draft-areas', empty);
    gl.addSource('draft-marks', empty);
    for (const layer of this.areaLayers()) gl.addLayer(layer, layer.id.slice('draft-'.length));
    gl.addLayer({ id: 'draft-lock', type: 'fill', source: 'draft-areas', filter: ['==', ['get', 'locked'], true], paint: { 'fill-pattern': 'locked', 'fill-opacity': 0.8 } }, 'gate');
    gl.addLayer({
      id: 'draft-compound', type: 'fill', source: 'compounds', 'source-layer': 'compounds', minzoom: 11,
      filter: ['all', ['==', ['geometry-type'], 'Polygon'], ['==', ['get', 'b'], 0]],
      paint: { 'fill-color': gl.getPaintProperty('roof', 'fill-color') as Expr, 'fill-opacity': 0.9, 'fill-outline-color': 'rgba(29,42,47,.4)' },
    }, 'gate');
    const mark = (kind: string) => ['==', ['get', 'kind'], kind] as Expr;
    const ring = (id: string, kind: string, radius: number, paint: object): LayerSpecification => ({
      id: own(id), type: 'circle', source: 'draft-marks', filter: mark(kind), minzoom: kind === 'changed' ? 14.5 : 12,
      paint: { 'circle-color': 'rgba(0,0,0,0)', 'circle-radius': ['interpolate', ['exponential', 2], ['zoom'], 14, radius * 0.4, 16, radius, 18, radius * 2.4] as Expr, ...paint },
    });
    const tag = 'tag';
    gl.addLayer(ring('unassigned', 'unassigned', 5, { 'circle-stroke-color': '#b86e00', 'circle-stroke-width': 2 }), tag);
    gl.addLayer(ring('changed', 'changed', 3, { 'circle-color': '#ffffff', 'circle-stroke-color': PAPER.ink, 'circle-stroke-width': 1.6, 'circle-opacity': 0.9 }), tag);
    gl.addLayer(ring('selected', 'selected', 8, { 'circle-stroke-color': PAPER.ink, 'circle-stroke-width': 2.4 }), tag);
    gl.addLayer(ring('cursor-case', 'cursor', 11, { 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 6 }), tag);
    gl.addLayer(ring('cursor', 'cursor', 11, { 'circle-stroke-color': '#1f7ae0', 'circle-stroke-width': 3 }), tag);
    gl.addLayer(ring('broken', 'broken', 13, { 'circle-stroke-color': '#b3261e', 'circle-stroke-width': 2.4 }), tag);
    gl.addLayer({ id: 'draft-arrow-case', type: 'line', source: 'draft-marks', filter: mark('arrow'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 6 } }, tag);
    gl.addLayer({ id: 'draft-arrow', type: 'line', source: 'draft-marks', filter: mark('arrow'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': PAPER.ink, 'line-width': 2.6 } }, tag);
    gl.addLayer({
      id: 'draft-broken-text', type: 'symbol', source: 'draft-marks', filter: mark('broken'), minzoom: 13,
      layout: { 'text-field': ['get', 'text'], 'text-font': ['Noto Sans CJK SC Bold'], 'text-size': 12.5, 'text-variable-anchor-offset': ['bottom', [0, -1.4], 'top', [0, 1.4], 'left', [1.4, 0], 'right', [-1.4, 0]] as never, 'text-padding': 1 },
      paint: { 'text-color': '#b3261e', 'text-halo-color': '#ffffff', 'text-halo-width': 2 },
    });
    this.setMode(this.mode, this.deviation);
    this.drawAreas();
  }
}

/** A bowed line with a head, in degrees. */
function arrow(from: readonly [number, number], to: readonly [number, number]): Feature[] {
  const shrink = Math.cos((from[1] * Math.PI) / 180);
  const [dx, dy] = [(to[0] - from[0]) * shrink, to[1] - from[1]];
  const bow = 0.18;
  const way = Array.from({ length: 17 }, (_, i) => {
    const t = i / 16;
    const off = Math.sin(Math.PI * t) * bow;
    return [from[0] + (t * dx - off * dy) / shrink, from[1] + t * dy + off * dx] as [number, number];
  });
  const [tip, before] = [way[16]!, way[14]!];
  const angle = Math.atan2(tip[1] - before[1], (tip[0] - before[0]) * shrink);
  const size = Math.min(Math.hypot(dx, dy) * 0.3, 0.0004);
  const barb = (turn: number): [number, number] => [tip[0] - (size * Math.cos(angle + turn)) / shrink, tip[1] - size * Math.sin(angle + turn)];
  const line = (coordinates: [number, number][]): Feature => ({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: { kind: 'arrow' } });
  return [line(way), line([barb(0.5), tip, barb(-0.5)])];
}
