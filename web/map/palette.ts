// Colours and widths of the map's own ink. Data colours are in core/colours.ts.

export const PAPER = {
  veil: '#f6f4ef', land: '#f1eee6', block: '#f9f7f2', civic: '#ece8ef', water: '#c8dde6', waterLine: '#a9c7d4',
  road: '#ffffff', artery: '#fdf3dc', roadCase: '#ddd7c9', building: '#d9d4c8', buildingLine: '#c4beb1',
  green: '#dfe8d3', label: '#4d5452', waterLabel: '#2f6178', greenLabel: '#4a6435', civicLabel: '#635b6d',
  ink: '#1d2a2f', limit: '#7f8a86', none: '#e9e6df', unassigned: '#f7e3c3', primary: '#0f6b66',
} as const;

/** Fonts of the reader's machine: no glyphs are fetched. */
export const FONTS = '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "HarmonyOS Sans SC", sans-serif';

/** Metres at 40° on the ground as pixels, never thinner than `least`. */
export function metres(width: number, least: number): unknown[] {
  const at18 = width / 0.2287;
  const zoom = 18 + Math.log2(least / at18);
  return ['interpolate', ['exponential', 2], ['zoom'], zoom, least, 20, at18 * 4];
}
