// One MapLibre map for the whole page: it is made once and survives every change of screen.
import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { AREA_COLOURS } from '../core/classes';
import { PLAN_SOURCES, SOURCES, fillPaint, source, style, type FillMode } from './style';

maplibregl.setWorkerUrl(workerUrl);

export interface Picked { kind: 'building' | 'compound' | 'area'; id: string; lngLat: [number, number] }

/** The tag of an area: a colour block and a white field that grows with its text. */
function tagImage(colour: string): { data: ImageData; options: object } {
  const ratio = 2, w = 40 * ratio, h = 22 * ratio, block = 10 * ratio;
  const canvas = document.createElement('canvas');
  canvas.width = w;
  canvas.height = h;
  const g = canvas.getContext('2d')!;
  g.beginPath();
  g.roundRect(ratio, ratio, w - 2 * ratio, h - 2 * ratio, 4 * ratio);
  g.fillStyle = '#ffffff';
  g.fill();
  g.save();
  g.clip();
  g.fillStyle = colour;
  g.fillRect(0, 0, block, h);
  g.restore();
  g.strokeStyle = '#1d2a2f';
  g.lineWidth = 1.2 * ratio;
  g.stroke();
  return {
    data: g.getImageData(0, 0, w, h),
    options: { pixelRatio: ratio, stretchX: [[16 * ratio, 34 * ratio]], stretchY: [[8 * ratio, 14 * ratio]], content: [0, 0, w, h] },
  };
}

export class GridMap {
  readonly map: maplibregl.Map;
  private version: number;
  private plan: string | null = null;
  private mode: FillMode = 'areas';
  private pickPlace: ((at: [number, number]) => void) | null = null;

  constructor(
    container: HTMLElement,
    private readonly meta: { data_version: number; bounds: [number, number, number, number] | null; settings: { band_bp: number; bad_bp: number }; base_map: { kind: string; url: string; attribution: string } | null },
    onPick: (picked: Picked | null) => void,
  ) {
    this.version = meta.data_version;
    this.map = new maplibregl.Map({
      container,
      style: style(this.version, null, meta.base_map),
      bounds: meta.bounds ?? [73, 18, 135, 53],
      fitBoundsOptions: { padding: 28 },
      attributionControl: meta.base_map ? {} : false,
      dragRotate: false,
      pitchWithRotate: false,
      hash: 'map',
      maxZoom: 20,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.ScaleControl({ maxWidth: 110, unit: 'metric' }), 'bottom-left');
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'bottom-right');
    this.map.on('style.load', () => {
      AREA_COLOURS.forEach((colour, at) => {
        const { data, options } = tagImage(colour);
        if (!this.map.hasImage(`tag-${at}`)) this.map.addImage(`tag-${at}`, data, options);
      });
      this.setMode(this.mode);
    });
    this.map.on('idle', () => container.setAttribute('data-idle', 'true'));
    this.map.on('dataloading', () => container.removeAttribute('data-idle'));
    this.map.on('click', (event: any) => {
      if (this.pickPlace) {
        this.pickPlace([event.lngLat.lng, event.lngLat.lat]);
        return;
      }
      onPick(this.pickAt(event.point, [event.lngLat.lng, event.lngLat.lat]));
    });
    this.map.on('mousemove', (event: any) => {
      const hit = this.pickPlace ? 'crosshair' : this.pickAt(event.point, [0, 0]) ? 'pointer' : '';
      this.map.getCanvas().style.cursor = hit;
    });
  }

  private pickAt(point: maplibregl.PointLike, lngLat: [number, number]): Picked | null {
    const layers = ['roofs', 'building-points', 'compound-points', 'compounds', 'areas-ground'].filter((id) => this.map.getLayer(id));
    const hit = this.map.queryRenderedFeatures(point, { layers })[0];
    const id = hit?.properties?.['u'];
    if (!hit || typeof id !== 'string') return null;
    const kind = hit.layer.id.startsWith('roof') || hit.layer.id === 'building-points' ? 'building' : hit.layer.id === 'areas-ground' ? 'area' : 'compound';
    return { kind, id, lngLat };
  }

  /** The next click gives a place instead of a thing; `null` ends it. */
  askPlace(tell: ((at: [number, number]) => void) | null): void {
    this.pickPlace = tell;
  }

  /** Shows another data version or plan; versions are never mixed. */
  show(version: number, plan: string | null): void {
    if (version === this.version && plan === this.plan) return;
    const changed = version !== this.version ? SOURCES : PLAN_SOURCES;
    this.version = version;
    this.plan = plan;
    for (const name of changed) {
      const found = this.map.getSource(name) as maplibregl.VectorTileSource | undefined;
      found?.setTiles(source(name, version, plan).tiles);
    }
  }

  setMode(mode: FillMode): void {
    this.mode = mode;
    if (!this.map.isStyleLoaded() && !this.map.getLayer('roofs')) return;
    for (const [layer, property, value] of fillPaint(mode, this.meta.settings.band_bp, this.meta.settings.bad_bp)) {
      if (this.map.getLayer(layer)) (this.map as any).setPaintProperty(layer, property, value);
    }
  }

  fit(bounds: [number, number, number, number] | null | undefined, maxZoom = 16.5): void {
    if (!bounds) return;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.fitBounds(bounds, { padding: 60, maxZoom, duration: still ? 0 : 300 });
  }

  fly(point: [number, number], zoom = 16): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.easeTo({ center: point, zoom: Math.max(zoom, this.map.getZoom()), duration: still ? 0 : 300 });
  }

  select(geometry: object | null): void {
    const data: any = { type: 'FeatureCollection', features: geometry ? [{ type: 'Feature', properties: {}, geometry }] : [] };
    (this.map.getSource('selection') as maplibregl.GeoJSONSource | undefined)?.setData(data);
  }

  resize(): void {
    this.map.resize();
  }
}

/** Whether this browser can draw the map at all. */
export function canDraw(): boolean {
  try {
    return !!document.createElement('canvas').getContext('webgl2');
  } catch {
    return false;
  }
}
