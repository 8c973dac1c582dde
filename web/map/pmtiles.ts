// An optional base map in one local or remote file (PMTiles): raster, or vector in the Protomaps scheme.
// Opened only when the settings name it; the map works without.
import { PMTiles, Protocol, TileType } from 'pmtiles';
import type { Map as GlMap } from 'maplibre-gl';

export async function addPmtiles(gl: typeof import('maplibre-gl'), map: GlMap, url: string): Promise<void> {
  const protocol = new Protocol();
  gl.addProtocol('pmtiles', protocol.tile);
  const file = new PMTiles(new URL(url, location.href).href);
  protocol.add(file);
  const header = await file.getHeader();
  const address = `pmtiles://${new URL(url, location.href).href}`;
  if (header.tileType !== TileType.Mvt) {
    map.addSource('base', { type: 'raster', url: address, tileSize: 256 });
    map.addLayer({ id: 'base', type: 'raster', source: 'base', paint: { 'raster-saturation': -0.4, 'raster-opacity': 0.85 } }, 'land');
    return;
  }
  map.addSource('base', { type: 'vector', url: address });
  const base = (id: string) => ({ source: 'base', 'source-layer': id }) as const;
  map.addLayer({ id: 'base-earth', type: 'fill', ...base('earth'), paint: { 'fill-color': '#f1eee6' } }, 'land');
  map.addLayer({ id: 'base-landuse', type: 'fill', ...base('landuse'), filter: ['in', ['get', 'kind'], ['literal', ['park', 'forest', 'grass', 'wood']]], paint: { 'fill-color': '#dfe8d3' } }, 'land');
  map.addLayer({ id: 'base-water', type: 'fill', ...base('water'), filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#c8dde6' } }, 'land');
  map.addLayer({ id: 'base-roads', type: 'line', ...base('roads'), paint: { 'line-color': '#ffffff', 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, 0.6, 18, 12] } }, 'land');
}
