// The usual stack, emulated and frozen: how redistricting tools on MapLibre paint, as read from their code. It stands
// for their habits, each named here, not for one program; nothing is copied.
import type { GeoJSONSource, Map as GlMap, PointLike } from 'maplibre-gl';
import { AREA_COLOURS } from '../core/colours';
import type { City } from './city';

const zone = (property: string) => ['case', ...AREA_COLOURS.flatMap((colour, i) => [['==', ['feature-state', property], i], colour]), 'rgba(0,0,0,0)'] as never;

export function addUsual(map: GlMap, of: City): void {
  // Units carry a string identity and are promoted by it: every state goes through a dictionary of strings.
  map.addSource('usual', { type: 'geojson', data: of.polygons, promoteId: 'id' });
  // 1: fill by a `case` over the state `zone`.
  map.addLayer({ id: 'usual-fill', type: 'fill', source: 'usual', paint: { 'fill-color': zone('zone'), 'fill-opacity': ['case', ['boolean', ['feature-state', 'hover'], false], 0.9, 0.7] as never } });
  // 2: outlines that follow the state.
  map.addLayer({ id: 'usual-line', type: 'line', source: 'usual', paint: { 'line-color': ['case', ['boolean', ['feature-state', 'hover'], false], '#000000', '#888888'] as never, 'line-width': ['case', ['boolean', ['feature-state', 'hover'], false], 2, 0.5] as never } });
  // 3: broken pieces are marked by another state on another layer.
  map.addLayer({ id: 'usual-broken', type: 'fill', source: 'usual', paint: { 'fill-color': '#ff0000', 'fill-opacity': ['case', ['boolean', ['feature-state', 'broken'], false], 0.5, 0] as never } });
  // 4: the highlight of what is under the brush.
  map.addLayer({ id: 'usual-highlight', type: 'line', source: 'usual', paint: { 'line-color': '#ffff00', 'line-width': ['case', ['boolean', ['feature-state', 'focused'], false], 3, 0] as never } });
}

/** A whole plan is written into the states when it is opened. */
export function openUsual(map: GlMap, of: City): void {
  of.start.areaOf.forEach((area, unit) => map.setFeatureState({ source: 'usual', id: `u-${unit}` }, { selected: true, zone: area % 6 }));
}

let hovered: string[] = [];

/** One move of the brush: pick, hover, paint; totals from the properties of the tile. */
export function stepUsual(map: GlMap, [x, y]: readonly [number, number], radius: number, totals: Map<number, number>): number {
  // Picking asks the renderer for everything in a box, over the layers that can be hit.
  const box: [PointLike, PointLike] = [[x - radius, y - radius], [x + radius, y + radius]];
  const hits = map.queryRenderedFeatures(box, { layers: ['usual-fill', 'usual-line', 'usual-broken', 'usual-highlight'] });
  const found = new Map(hits.map((hit) => [String(hit.properties.id), hit]));
  const area = (map.getFeatureState({ source: 'usual', id: [...found.keys()][0] ?? '' }).zone as number | undefined) ?? 0;
  // The former hover goes, the new one comes: two writes of state for every unit under the brush.
  hovered.forEach((id) => map.setFeatureState({ source: 'usual', id }, { hover: false }));
  hovered = [...found.keys()];
  hovered.forEach((id) => map.setFeatureState({ source: 'usual', id }, { hover: true }));
  for (const [id, hit] of found) {
    // The former zone is read back from the map; households are text in the tile.
    const before = map.getFeatureState({ source: 'usual', id }).zone as number | undefined;
    const households = Number.parseInt(String(hit.properties.households), 10);
    if (before !== undefined) totals.set(before, (totals.get(before) ?? 0) - households);
    totals.set(area, (totals.get(area) ?? 0) + households);
    map.setFeatureState({ source: 'usual', id }, { selected: true, zone: area });
  }
  return found.size;
}

export const usualSource = (map: GlMap): GeoJSONSource => map.getSource('usual') as GeoJSONSource;
