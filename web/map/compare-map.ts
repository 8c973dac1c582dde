// What changes hands, on the one map: rings of the old colour around roofs of the new one.
import type { Feature } from 'geojson';
import type { GeoJSONSource } from 'maplibre-gl';
import { AREA_COLOURS } from '../core/colours';
import type { CityMap } from './map';

export interface ChangedUnit {
  readonly id: string;
  readonly at: readonly [number, number];
  /** Colour of the area before, by number; −1 for none. */
  readonly z: number;
  readonly selected: boolean;
}

const colour = (property: string) => ['match', ['get', property], ...AREA_COLOURS.flatMap((each, i) => [i, each]), '#b86e00'] as never;

export class CompareMap {
  private ended = false;

  constructor(private readonly city: CityMap, private readonly picked: (id: string) => void) {
    void city.ready.then(() => { if (!this.ended) this.add(); });
  }

  setChanges(units: readonly ChangedUnit[]): void {
    void this.city.ready.then(() => {
      const features = units.map(({ id, at, z, selected }): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [...at] }, properties: { id, z, selected } }));
      (this.city.gl.getSource('compare') as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features });
    });
  }

  remove(): void {
    this.ended = true;
    if (!this.city.alive) return;
    for (const id of ['compare-case', 'compare-ring']) if (this.city.gl.getLayer(id)) this.city.gl.removeLayer(id);
    if (this.city.gl.getSource('compare')) this.city.gl.removeSource('compare');
  }

  private add(): void {
    const { gl } = this.city;
    gl.addSource('compare', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    const radius = (px: number) => ['interpolate', ['exponential', 2], ['zoom'], 13, px * 0.55, 16, px, 18, px * 2.2] as never;
    gl.addLayer({ id: 'compare-case', type: 'circle', source: 'compare', paint: { 'circle-radius': radius(13), 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': ['case', ['get', 'selected'], 8, 6], 'circle-stroke-color': '#1d2a2f' } }, 'tag');
    gl.addLayer({ id: 'compare-ring', type: 'circle', source: 'compare', paint: { 'circle-radius': radius(13), 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': ['case', ['get', 'selected'], 6, 4], 'circle-stroke-color': colour('z') } }, 'tag');
    gl.on('click', 'compare-case', (event) => { const id = event.features?.[0]?.properties.id as string | undefined; if (id) this.picked(id); });
  }
}
