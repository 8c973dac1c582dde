// How long nobody was where: roofs by their band, and a point for each building while roofs are too small to see.
// Invariant: `remove` leaves the map as it was found.
import type { GeoJSONSource } from 'maplibre-gl';
import { BANDS } from '../core/visits';
import type { CityMap } from './map';

export interface PatrolBuilding { readonly id: string; readonly band: number; readonly at: readonly [number, number] | null }
const ROOFS_FROM = 14.2;

export class PatrolMap {
  private gone = false;
  private readonly off: (() => void)[] = [];
  constructor(private readonly city: CityMap, private readonly version: string, private readonly picked: (id: string) => void) {}

  show(buildings: readonly PatrolBuilding[], selected: string | null): void {
    void this.city.ready.then(() => {
      const { gl } = this.city;
      if (this.gone || !this.city.alive) return;
      if (!gl.getSource('patrol-roofs')) this.place();
      for (const { id, band } of buildings) gl.setFeatureState({ source: 'patrol-roofs', sourceLayer: 'buildings', id }, { colour: BANDS[band]!.colour, line: id === selected ? 4 : band === BANDS.length - 1 ? 1.6 : 0.6 });
      (gl.getSource('patrol-points') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: buildings.flatMap(({ id, band, at }) => (at ? [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: [...at] }, properties: { id, colour: BANDS[band]!.colour, on: id === selected ? 1 : 0, rank: band } }] : [])),
      });
    });
  }

  remove(): void {
    this.gone = true;
    for (const off of this.off) off();
    const { gl } = this.city;
    if (!this.city.alive) return;
    for (const id of ['patrol-roof', 'patrol-roof-line', 'patrol-point']) if (gl.getLayer(id)) gl.removeLayer(id);
    for (const id of ['patrol-roofs', 'patrol-points']) if (gl.getSource(id)) gl.removeSource(id);
  }

  private place(): void {
    const { gl } = this.city;
    gl.addSource('patrol-roofs', { type: 'vector', tiles: [`${location.origin}/api/v1/tiles/buildings/{z}/{x}/{y}?v=${this.version}`], minzoom: 13, maxzoom: 16, promoteId: 'u' });
    gl.addSource('patrol-points', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    const roof = { source: 'patrol-roofs', 'source-layer': 'buildings', minzoom: ROOFS_FROM } as const;
    gl.addLayer({ id: 'patrol-roof', type: 'fill', ...roof, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ['coalesce', ['feature-state', 'colour'], '#ffffff'] as never, 'fill-opacity': 0.94 } });
    gl.addLayer({ id: 'patrol-roof-line', type: 'line', ...roof, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'line-color': '#1d2a2f', 'line-width': ['coalesce', ['feature-state', 'line'], 0.6] as never } });
    gl.addLayer({
      id: 'patrol-point', type: 'circle', source: 'patrol-points', maxzoom: ROOFS_FROM, layout: { 'circle-sort-key': ['get', 'rank'] },
      paint: { 'circle-color': ['get', 'colour'], 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 2, 13, 4.5, 14.2, 7] as never, 'circle-stroke-color': '#1d2a2f', 'circle-stroke-width': ['case', ['==', ['get', 'on'], 1], 3, 0.8] as never },
    });
    for (const layer of ['patrol-roof', 'patrol-point']) {
      const click = (event: { features?: { id?: unknown; properties: Record<string, unknown> }[] }) => {
        const [feature] = event.features ?? [];
        const id = feature?.properties.id ?? feature?.id;
        if (typeof id === 'string') this.picked(id);
      };
      gl.on('click', layer, click as never);
      this.off.push(() => { gl.off('click', layer, click as never); });
    }
  }
}
