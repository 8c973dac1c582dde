import { describe, expect, it } from 'vitest';
import { tilesOver } from './tile-grid';

describe('tiles over a box', () => {
  const box = [102.28, 40.19, 102.32, 40.21] as const;
  it('are few and cover it', () => {
    for (const most of [1, 4, 16]) {
      const tiles = tilesOver(box, most, 16);
      expect(tiles.length).toBeLessThanOrEqual(most);
      expect(Math.min(...tiles.map(({ west }) => west))).toBeLessThanOrEqual(box[0]);
      expect(Math.min(...tiles.map(({ south }) => south))).toBeLessThanOrEqual(box[1]);
      expect(Math.max(...tiles.map(({ east }) => east))).toBeGreaterThanOrEqual(box[2]);
      expect(Math.max(...tiles.map(({ north }) => north))).toBeGreaterThanOrEqual(box[3]);
    }
  });
  it('are numbered as web maps number them', () => {
    // OpenStreetMap's own example: Berlin, 52.52 N 13.405 E, zoom 10 → 550/335.
    expect(tilesOver([13.405, 52.52, 13.405, 52.52], 1, 10)).toMatchObject([{ z: 10, x: 550, y: 335 }]);
  });
});
