// Shared by the journeys: a page that has drawn its map, and its errors.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type APIResponse, type Browser, type Page } from '@playwright/test';
import { sessionOf } from './sign-in';

/** Opens a path and waits until the map has drawn everything it asked for. */
export async function ready(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await drawn(page);
}

export async function drawn(page: Page): Promise<void> {
  await expect(page.locator('.gl[data-idle]')).toBeVisible({ timeout: 60_000 });
}

/** Sends a change without a page, as the person of the page, with the token of their session. */
export async function change(page: Page, method: 'POST' | 'PUT' | 'DELETE', path: string, data?: object): Promise<APIResponse> {
  const { csrf } = (await (await page.request.get('/api/v1/session')).json()) as { csrf: string };
  return page.request.fetch(path, { method, ...(data ? { data } : {}), headers: { 'x-csrf-token': csrf } });
}

/** Hands a draft in, and has a leader take it into force. */
export async function publish(page: Page, browser: Browser, plan: string): Promise<void> {
  const sent = await change(page, 'POST', `/api/v1/plans/${plan}:transition`, { to: 'in_review', reason: '测试', acknowledge: true });
  expect(sent.status(), await sent.text()).toBe(200);
  const context = await browser.newContext({ storageState: sessionOf('street-leader') });
  const leader = await context.newPage();
  const done = await change(leader, 'POST', `/api/v1/plans/${plan}:publish`, { reason: '测试', acknowledge: true });
  expect(done.status(), await done.text()).toBe(200);
  await context.close();
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

/** How many different features of a map layer are drawn, told apart by a property. */
export async function drawnFeatures(page: Page, layer: string, by = 'u'): Promise<number> {
  return page.evaluate(([id, key]) => {
    const map = (window as unknown as { gkMap: { queryRenderedFeatures(o: object): { properties: Record<string, unknown> }[] } }).gkMap;
    return new Set(map.queryRenderedFeatures({ layers: [id] }).map((feature) => feature.properties[key!])).size;
  }, [layer, by]);
}
