// Areas coloured by today's worst problem, each with the one character that is its sign.
// Invariant: `remove` leaves the map as it was found.
import type { GeoJSONSource } from 'maplibre-gl';
import { WORST, type WorstKind } from '../core/worst';
import type { CityMap } from './map';

export interface WorstArea { readonly id: string; readonly kind: WorstKind; readonly label: string; readonly at: readonly [number, number] | null }

/** The areas of the plan that the map shows anyway: no tile is asked for or read twice. */
const AREAS = { source: 'areas', sourceLayer: 'areas' } as const;

export class WorstMap {
  private gone = false;
  constructor(private readonly city: CityMap) {}

  /** `only` shows one kind, the others stay quiet. */
  show(areas: readonly WorstArea[], only: WorstKind | null, signs: Readonly<Record<WorstKind, string>>): void {
    void this.city.ready.then(() => {
      const { gl } = this.city;
      if (this.gone || !this.city.alive) return;
      if (!gl.getSource('worst-tags')) this.place();
      const shown = areas.filter(({ kind }) => only === null || kind === only);
      const ids = new Set(shown.map(({ id }) => id));
      for (const { id, kind } of areas) gl.setFeatureState({ ...AREAS, id }, { colour: ids.has(id) ? WORST[kind].colour : WORST.ok.colour });
      (gl.getSource('worst-tags') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: shown.flatMap(({ kind, label, at }) => (at ? [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: [...at] }, properties: { text: `${label} ${signs[kind]}`.trim(), rank: WORST[kind].rank } }] : [])),
      });
    });
  }

  remove(): void {
    this.gone = true;
    const { gl } = this.city;
    if (!this.city.alive) return;
    for (const id of ['worst-fill', 'worst-tag']) if (gl.getLayer(id)) gl.removeLayer(id);
    if (gl.getSource('worst-tags')) gl.removeSource('worst-tags');
    if (gl.getSource(AREAS.source)) gl.removeFeatureState(AREAS);
  }

  private place(): void {
    const { gl } = this.city;
    gl.addSource('worst-tags', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    gl.addLayer({ id: 'worst-fill', type: 'fill', source: AREAS.source, 'source-layer': AREAS.sourceLayer, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ['coalesce', ['feature-state', 'colour'], WORST.ok.colour] as never, 'fill-opacity': 0.72 } }, 'area-border-case');
    gl.addLayer({
      id: 'worst-tag', type: 'symbol', source: 'worst-tags',
      layout: { 'text-field': ['get', 'text'], 'text-font': ['Noto Sans CJK SC Bold'], 'text-size': 13, 'symbol-sort-key': ['get', 'rank'], 'text-padding': 4 },
      paint: { 'text-color': '#1d2a2f', 'text-halo-color': '#ffffff', 'text-halo-width': 2.4 },
    });
  }
}
