// Doors on the map: one dot for each building, with the character of its state. Work to be done lies on top.
// Invariant: `remove` leaves the map as it was found.
import type { GeoJSONSource, MapLayerMouseEvent } from 'maplibre-gl';
import type { CityMap } from './map';

export interface DoorDot { readonly id: string; readonly at: readonly [number, number]; readonly sign: string; readonly colour: string; readonly ink: string; readonly rank: number; readonly chosen: boolean }

export class DoorMap {
  private gone = false;
  private readonly pick = (event: MapLayerMouseEvent) => {
    const id = event.features?.[0]?.properties.id;
    if (typeof id === 'string') this.picked(id);
  };
  constructor(private readonly city: CityMap, private readonly picked: (id: string) => void) {}

  show(doors: readonly DoorDot[]): void {
    void this.city.ready.then(() => {
      const { gl } = this.city;
      if (this.gone || !this.city.alive) return;
      if (!gl.getSource('doors')) this.place();
      (gl.getSource('doors') as GeoJSONSource).setData({
        type: 'FeatureCollection',
        features: doors.map(({ at, ...properties }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [...at] }, properties })),
      });
    });
  }

  remove(): void {
    this.gone = true;
    const { gl } = this.city;
    if (!this.city.alive) return;
    gl.off('click', 'door-dot', this.pick);
    for (const id of ['door-sign', 'door-dot']) if (gl.getLayer(id)) gl.removeLayer(id);
    if (gl.getSource('doors')) gl.removeSource('doors');
    if (gl.getLayer('tag')) gl.setLayoutProperty('tag', 'visibility', 'visible');
  }

  private place(): void {
    const { gl } = this.city;
    // Numbers of areas would lie on the doors; a door says its area in the list.
    if (gl.getLayer('tag')) gl.setLayoutProperty('tag', 'visibility', 'none');
    gl.addSource('doors', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    gl.addLayer({
      id: 'door-dot', type: 'circle', source: 'doors', layout: { 'circle-sort-key': ['get', 'rank'] },
      paint: {
        'circle-color': ['get', 'colour'],
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 2.5, 14, 5, 16, 10, 18, 13],
        'circle-stroke-color': ['case', ['get', 'chosen'], '#1f7ae0', '#ffffff'],
        'circle-stroke-width': ['case', ['get', 'chosen'], 3, 1.2],
      },
    });
    gl.addLayer({
      id: 'door-sign', type: 'symbol', source: 'doors', minzoom: 15.2,
      layout: { 'text-field': ['get', 'sign'], 'text-font': ['Noto Sans CJK SC Bold'], 'text-size': ['interpolate', ['linear'], ['zoom'], 15, 10, 17, 14], 'text-allow-overlap': true, 'symbol-sort-key': ['get', 'rank'] },
      paint: { 'text-color': ['get', 'ink'] },
    });
    gl.on('click', 'door-dot', this.pick);
  }
}
