// A draft under test: opened, looked at, painted.
import { expect, type Page } from '@playwright/test';
import { change, drawn } from './helpers';

export interface Bench {
  draft: { fingerprint(): string; unitCount: number; label(area: number): string; redraw: { areaOf: number[]; unitsOf(area: number): number[]; totals(): { changedHouseholds: number } } };
  history: { length: number };
  colours: number[];
  index: { x: Float64Array; y: Float64Array };
}
export interface Seen { gkDraft: { bench: Bench; drawn(unit: number): number | undefined }; gkMap: { jumpTo(o: object): void; project(at: [number, number]): { x: number; y: number }; getCanvas(): HTMLCanvasElement } }

/** A draft that copies the plan in force (or the newest one), opened. */
export async function openDraft(page: Page, name: string): Promise<string> {
  const { items } = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  const from = (items.find((plan) => plan.state === 'in_force') ?? items[0]!).id;
  const made = (await (await change(page, 'POST', '/api/v1/plans', { from, name })).json()) as { id: string };
  await page.goto(`/areas/${made.id}/redraw`);
  await drawn(page);
  await expect(page.getByTestId('status')).toBeVisible();
  return made.id;
}

export const fingerprint = (page: Page) => page.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.fingerprint());

/** Where a unit is on the screen. */
export async function spot(page: Page, unit: number): Promise<{ x: number; y: number }> {
  return page.evaluate((at) => {
    const { gkDraft, gkMap } = window as unknown as Seen;
    const { x, y } = gkDraft.bench.index;
    const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * (y[at] as number)))) * 180) / Math.PI;
    const box = gkMap.getCanvas().getBoundingClientRect();
    const p = gkMap.project([(x[at] as number) * 360 - 180, lat]);
    return { x: box.x + p.x, y: box.y + p.y };
  }, unit);
}

/** Brings a unit to the middle at building level. */
export async function lookAt(page: Page, unit: number, zoom = 17): Promise<void> {
  await page.evaluate(([at, z]) => {
    const { gkDraft, gkMap } = window as unknown as Seen;
    const { x, y } = gkDraft.bench.index;
    gkMap.jumpTo({ center: [(x[at!] as number) * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * (y[at!] as number)))) * 180) / Math.PI], zoom: z });
  }, [unit, zoom] as const);
  await page.waitForTimeout(250);
}

/** A unit of the first area with a neighbour in another one, and that neighbour. */
export async function border(page: Page, nth = 0): Promise<[number, number]> {
  return page.evaluate((skip) => {
    const { draft } = (window as unknown as Seen).gkDraft.bench;
    const near = draft.redraw as unknown as { neighbours(unit: number): number[]; areaOf: number[] };
    for (let unit = 0; unit < near.areaOf.length; unit++) {
      const other = near.neighbours(unit).find((one) => near.areaOf[one] !== near.areaOf[unit]);
      if (other !== undefined && skip-- === 0) return [unit, other] as [number, number];
    }
    throw new Error('no border');
  }, nth);
}

export const saved = (page: Page) => expect(page.getByTestId('save')).toHaveAttribute('data-state', 'saved', { timeout: 15_000 });

/** Sixty strokes that nobody planned: everything that shows the draft says the same, and undoing all restores it. */
export async function sixtyStrokes(page: Page, plan: string): Promise<void> {
  const start = await fingerprint(page);
  let seed = 20261125;
  const dice = (n: number) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed % n; };
  const box = (await page.locator('.gl').boundingBox())!;
  for (let stroke = 0; stroke < 60; stroke++) {
    await page.keyboard.press(dice(8) === 0 ? 'KeyE' : 'KeyB');
    await page.evaluate((n) => { const store = (window as unknown as { gkAim(area: number): void }).gkAim; store(n); }, dice(50));
    const at = () => [box.x + 80 + dice(box.width - 200), box.y + 60 + dice(box.height - 220)] as const;
    const [from, to] = [at(), at()];
    await page.mouse.move(from[0], from[1]);
    await page.mouse.down();
    await page.mouse.move(from[0] + (to[0] - from[0]) / 3, from[1] + (to[1] - from[1]) / 3);
    await page.mouse.move(from[0] + (to[0] - from[0]) / 2, from[1] + (to[1] - from[1]) / 2);
    await page.mouse.up();
  }
  await page.mouse.move(5, 5);
  await page.waitForTimeout(300);
  const seen = await page.evaluate(() => {
    const { bench, drawn: drawnAs } = (window as unknown as Seen).gkDraft;
    const { areaOf } = bench.draft.redraw;
    const wrong = areaOf.filter((area, unit) => { const k = drawnAs(unit); return k !== undefined && k !== (area < 0 ? -1 : bench.colours[area]); });
    return { wrong: wrong.length, steps: bench.history.length, changed: bench.draft.redraw.totals().changedHouseholds };
  });
  expect(seen.wrong).toBe(0);
  expect(seen.steps).toBeGreaterThan(20);
  await saved(page);
  // The stored plan, settled, says the same.
  const mine = await page.evaluate(() => {
    const { draft } = (window as unknown as Seen).gkDraft.bench;
    return draft.redraw.areaOf.map((area) => (area < 0 ? null : draft.label(area)));
  });
  const sheet = (await (await page.request.get(`/api/v1/plans/${plan}/redraw`)).json()) as { area_of: number[]; areas: { number: number }[]; units: { id: string[] }; baseline_plan_id: string | null };
  expect(sheet.area_of.map((area) => (area < 0 ? null : String(sheet.areas[area]!.number).padStart(2, '0')))).toEqual(mine);
  const csv = (await (await page.request.get(`/api/v1/plans/${plan}/export/assignment.csv`)).text()).split('\r\n').filter((line) => line !== '' && !line.startsWith('#'));
  const header = csv.findIndex((line) => line.includes('片区号'));
  const [id, number] = ['标识', '片区号'].map((name) => csv[header]!.replace('\ufeff', '').split(',').indexOf(name));
  const rows = new Map(csv.slice(header + 1).map((line) => line.split(',')).map((cells) => [cells[id!], cells[number!]]));
  const { units } = sheet;
  expect(units.id.map((unit) => { const cell = rows.get(unit) ?? ''; return cell === '' ? null : cell.padStart(2, '0'); })).toEqual(mine);
  const { figures } = (await (await page.request.get(`/api/v1/plans/${plan}`)).json()) as { figures: { changed_households: number | null } };
  // Without a plan in force there is nothing to change from.
  expect(figures.changed_households).toBe(sheet.baseline_plan_id === null ? null : seen.changed);
  for (let step = 0; step < seen.steps; step++) await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(start);
  await saved(page);
}
