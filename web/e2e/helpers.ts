// Shared by the journeys: a page that has drawn its map, and its errors.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Opens a path and waits until the map has drawn everything it asked for. */
export async function ready(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await drawn(page);
}

export async function drawn(page: Page): Promise<void> {
  await expect(page.locator('.gl[data-idle]')).toBeVisible({ timeout: 60_000 });
}

/** Errors of the page while a test runs. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  return errors;
}

/** Serious and critical findings, as text. The canvas and its container are the map library's own. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const result = await new AxeBuilder({ page }).exclude('.maplibregl-canvas-container').analyze();
  return result.violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(' | ')}`);
}

/** How many different features of a map layer are drawn. */
export async function drawnFeatures(page: Page, layer: string): Promise<number> {
  return page.evaluate((id) => {
    const map = (window as unknown as { gkMap: { queryRenderedFeatures(o: object): { properties: { u?: string } }[] } }).gkMap;
    return new Set(map.queryRenderedFeatures({ layers: [id] }).map((feature) => feature.properties.u)).size;
  }, layer);
}
