// Redrawing: the whole job by mouse and by keyboard, saved by itself, undone to the start, offline, in conflict.
import { expect, type Page, test } from '@playwright/test';
import { drawn, seriousFindings, watchErrors } from './helpers';

interface Bench {
  draft: { fingerprint(): string; unitCount: number; label(area: number): string; redraw: { areaOf: number[]; unitsOf(area: number): number[]; totals(): { changedHouseholds: number } } };
  history: { length: number };
  colours: number[];
  index: { x: Float64Array; y: Float64Array };
}
interface Seen { gkDraft: { bench: Bench; drawn(unit: number): number | undefined }; gkMap: { jumpTo(o: object): void; project(at: [number, number]): { x: number; y: number }; getCanvas(): HTMLCanvasElement } }

/** A draft that copies the plan in force, opened. */
async function openDraft(page: Page, name: string): Promise<string> {
  const { items } = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  const from = items.find((plan) => plan.state === 'in_force')!.id;
  const made = (await (await page.request.post('/api/v1/plans', { data: { from, name } })).json()) as { id: string };
  await page.goto(`/areas/${made.id}/redraw`);
  await drawn(page);
  await expect(page.getByTestId('status')).toBeVisible();
  return made.id;
}

const fingerprint = (page: Page) => page.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.fingerprint());

/** Where a unit is on the screen. */
async function spot(page: Page, unit: number): Promise<{ x: number; y: number }> {
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
async function lookAt(page: Page, unit: number, zoom = 17): Promise<void> {
  await page.evaluate(([at, z]) => {
    const { gkDraft, gkMap } = window as unknown as Seen;
    const { x, y } = gkDraft.bench.index;
    gkMap.jumpTo({ center: [(x[at!] as number) * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * (y[at!] as number)))) * 180) / Math.PI], zoom: z });
  }, [unit, zoom] as const);
  await page.waitForTimeout(250);
}

/** A unit of the first area with a neighbour in another one, and that neighbour. */
async function border(page: Page, nth = 0): Promise<[number, number]> {
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

const saved = (page: Page) => expect(page.getByTestId('save')).toHaveAttribute('data-state', 'saved', { timeout: 15_000 });

test('by mouse: paint, see, undo, redo, and find it again after a reload', async ({ page }) => {
  const errors = watchErrors(page);
  const plan = await openDraft(page, '鼠标重划');
  const start = await fingerprint(page);
  const [unit, other] = await border(page);
  await lookAt(page, unit);
  // Alt takes the neighbour's area up, the brush gives the unit to it.
  const there = await spot(page, other);
  await page.keyboard.down('Alt');
  await page.mouse.click(there.x, there.y);
  await page.keyboard.up('Alt');
  const area = await page.evaluate((one) => { const { draft } = (window as unknown as Seen).gkDraft.bench; return draft.label(draft.redraw.areaOf[one] as number); }, other);
  await expect(page.getByTestId('target')).toHaveText(area);
  await page.keyboard.press('BracketLeft');
  const here = await spot(page, unit);
  await page.mouse.move(here.x, here.y);
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByTestId('status')).toContainText(`→ ${area}`);
  await expect(page.getByTestId('changed')).not.toHaveText(/^0 /);
  await saved(page);
  const log = (await (await page.request.get(`/api/v1/plans/${plan}/edits`)).json()) as { seq: number };
  expect(log.seq).toBe(1);
  const painted = await fingerprint(page);
  expect(painted).not.toBe(start);
  await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(start);
  await page.keyboard.press('Control+Shift+z');
  expect(await fingerprint(page)).toBe(painted);
  await saved(page);
  // Steps survive a reload, and can still be taken back.
  await page.reload();
  await drawn(page);
  await expect(page.getByTestId('status')).toBeVisible();
  expect(await fingerprint(page)).toBe(painted);
  await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(start);
  await saved(page);
  expect(errors).toEqual([]);
});

test('by keyboard alone: cursor, selection, target, assign, lock, problems; an input method is left alone', async ({ page }) => {
  await openDraft(page, '键盘重划');
  const spoken = page.locator('[aria-live="polite"].sr');
  await page.keyboard.press('KeyV');
  await page.keyboard.press('Digit2');
  await page.waitForTimeout(800);
  await page.keyboard.press('ArrowRight');
  await expect(spoken).toContainText('户');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByTestId('selection')).toBeVisible();
  await page.waitForTimeout(800);
  await page.keyboard.press('Digit0');
  await page.keyboard.press('Digit9');
  await expect(page.getByTestId('target')).toHaveText('09');
  const before = await fingerprint(page);
  await page.keyboard.press('Enter');
  expect(await fingerprint(page)).not.toBe(before);
  await expect(spoken).toContainText('归入 09');
  await page.keyboard.press('KeyQ');
  await expect(page.getByTestId('status')).toContainText('锁定 09');
  await page.keyboard.press('KeyN');
  await expect(page.getByText(/检查 2\//)).toBeVisible();
  // Keys that belong to a composition change nothing and are not eaten.
  const now = await fingerprint(page);
  const eaten = await page.evaluate(() => {
    const event = new KeyboardEvent('keydown', { code: 'KeyE', key: 'Process', keyCode: 229, isComposing: true, bubbles: true, cancelable: true } as KeyboardEventInit);
    document.body.dispatchEvent(event);
    return event.defaultPrevented;
  });
  expect(eaten).toBe(false);
  expect(await fingerprint(page)).toBe(now);
  await expect(page.getByRole('button', { name: /^擦/ })).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: '快捷键' })).toBeVisible();
  await page.keyboard.press('Escape');
  await saved(page);
});

test('sixty random strokes: assignment, map, totals and the stored plan agree; undoing all restores the start', async ({ page }) => {
  test.slow();
  const plan = await openDraft(page, '随机六十笔');
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
  const sheet = (await (await page.request.get(`/api/v1/plans/${plan}/redraw`)).json()) as { area_of: number[]; areas: { number: number }[] };
  expect(sheet.area_of.map((area) => (area < 0 ? null : String(sheet.areas[area]!.number).padStart(2, '0')))).toEqual(mine);
  const { figures } = (await (await page.request.get(`/api/v1/plans/${plan}`)).json()) as { figures: { changed_households: number } };
  expect(figures.changed_households).toBe(seen.changed);
  for (let step = 0; step < seen.steps; step++) await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(start);
  await saved(page);
});

test('without a line editing goes on; the steps are sent when it is back', async ({ page, context }) => {
  const plan = await openDraft(page, '断网重划');
  await saved(page);
  await context.setOffline(true);
  const [unit] = await border(page, 5);
  await lookAt(page, unit);
  const here = await spot(page, unit);
  await page.mouse.move(here.x, here.y);
  await page.mouse.down();
  await page.mouse.move(here.x + 120, here.y + 60, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByTestId('save')).toHaveAttribute('data-state', 'offline', { timeout: 15_000 });
  await expect(page.getByTestId('save')).toContainText('1 步待传');
  const painted = await fingerprint(page);
  await context.setOffline(false);
  await saved(page);
  const log = (await (await page.request.get(`/api/v1/plans/${plan}/edits`)).json()) as { seq: number };
  expect(log.seq).toBe(1);
  expect(await fingerprint(page)).toBe(painted);
});

test('two people on one building: both sides are shown, and the choice holds on both pages', async ({ browser }) => {
  const [one, two] = [await browser.newPage(), await browser.newPage()];
  const plan = await openDraft(one, '两人重划');
  await two.goto(`/areas/${plan}/redraw`);
  await drawn(two);
  await expect(two.getByTestId('status')).toBeVisible();
  const give = (page: Page, unit: number, area: number) => page.evaluate(([u, a]) => (window as unknown as { gkGive(unit: number, area: number): void }).gkGive(u!, a!), [unit, area] as const);
  // What does not overlap merges, and appears on the other page by itself.
  await give(one, 10, 20);
  await saved(one);
  await expect.poll(() => two.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.redraw.areaOf[10])).toBe(20);
  // The same building: the second one to save decides.
  await two.context().setOffline(true);
  await give(two, 11, 30);
  await give(one, 11, 31);
  await saved(one);
  await two.context().setOffline(false);
  const dialog = two.getByRole('dialog', { name: '有人改了同样的地方' });
  await expect(dialog).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole('button', { name: '保留我的' }).click();
  await saved(two);
  await expect.poll(() => one.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.redraw.areaOf[11])).toBe(30);
  expect(await fingerprint(two)).toBe(await fingerprint(one));
});

test('without WebGL the table does the whole job', async ({ page }) => {
  await page.addInitScript(() => { delete (window as { WebGL2RenderingContext?: unknown }).WebGL2RenderingContext; });
  const { items } = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  const from = items.find((plan) => plan.state === 'in_force')!.id;
  const made = (await (await page.request.post('/api/v1/plans', { data: { from, name: '表格重划' } })).json()) as { id: string };
  await page.goto(`/areas/${made.id}/redraw`);
  const table = page.getByTestId('table-mode');
  await expect(table).toBeVisible();
  await table.getByPlaceholder('筛选楼栋').fill('和平里3幢');
  await table.getByRole('combobox').first().selectOption({ label: '09' });
  await saved(page);
  await page.getByRole('button', { name: '撤销' }).click();
  await saved(page);
  const log = (await (await page.request.get(`/api/v1/plans/${made.id}/edits`)).json()) as { seq: number };
  expect(log.seq).toBe(2);
});

test('on a phone one finger paints and nothing serious is wrong for assistive technology', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'zh-CN' });
  const page = await context.newPage();
  await openDraft(page, '手机重划');
  const before = await fingerprint(page);
  const [unit] = await border(page, 3);
  await lookAt(page, unit);
  const { x, y } = await spot(page, unit);
  await page.touchscreen.tap(x, y);
  await expect.poll(() => fingerprint(page)).not.toBe(before);
  await saved(page);
  expect(await seriousFindings(page)).toEqual([]);
});

test('data that change while the map still loads leave no tile behind', async ({ page }) => {
  for (const delay of [100, 350, 600]) {
    await page.goto('/areas');
    await page.waitForTimeout(delay);
    await page.request.post('/api/v1/plans', { data: { street: '999001001000', name: `空白 ${delay}` } });
    await expect.poll(() => page.evaluate(() => (window as unknown as { gkMap?: { loaded(): boolean } }).gkMap?.loaded() ?? false), { timeout: 30_000 }).toBe(true);
  }
});

test('a plan in force is read-only until it is copied; areas are edited from the list; axe is content', async ({ page }) => {
  const { items } = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  await page.goto(`/areas/${items.find((plan) => plan.state === 'in_force')!.id}/redraw`);
  await drawn(page);
  await expect(page.getByRole('toolbar', { name: '工具' })).toHaveCount(0);
  await page.getByRole('button', { name: '复制为草案' }).click();
  await expect(page.getByTestId('state')).toHaveText('草案');
  await expect(page.getByRole('toolbar', { name: '工具' })).toBeVisible();
  await page.getByRole('listbox', { name: '片区列表' }).getByRole('option').first().click();
  const editor = page.getByTestId('area-editor');
  await editor.getByLabel('名称').fill('北门片区');
  await editor.getByRole('button', { name: '保存' }).click();
  await expect(editor.getByRole('heading').first()).toContainText('北门片区');
  await editor.getByRole('button', { name: '锁定', exact: true }).click();
  await expect(editor.getByRole('button', { name: '解锁', exact: true })).toBeVisible();
  await editor.getByRole('button', { name: /离开$/ }).first().click();
  await editor.getByRole('button', { name: /^安排到/ }).first().click();
  await saved(page);
  expect(await seriousFindings(page)).toEqual([]);
});

test('suggestion, healing and three ways to draw it anew', async ({ page }) => {
  await openDraft(page, '自动重划');
  const bar = page.getByTestId('suggestion');
  await expect(bar).toBeVisible({ timeout: 10_000 });
  const before = await fingerprint(page);
  await page.keyboard.press('Enter');
  expect(await fingerprint(page)).not.toBe(before);
  await page.keyboard.press('KeyE');
  const [unit] = await border(page, 8);
  await lookAt(page, unit);
  const { x, y } = await spot(page, unit);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByTestId('unassigned')).toBeVisible();
  await page.keyboard.press('KeyU');
  await page.getByTestId('fix').click();
  await expect(page.getByTestId('unassigned')).toHaveCount(0);
  await page.keyboard.press('KeyO');
  const dialog = page.getByRole('dialog', { name: '自动平衡' });
  await dialog.getByRole('button', { name: '开始' }).click();
  await expect(dialog.getByRole('article')).toHaveCount(3, { timeout: 30_000 });
  const steps = await page.evaluate(() => (window as unknown as Seen).gkDraft.bench.history.length);
  await dialog.getByRole('article').filter({ hasText: '最均衡' }).getByRole('button', { name: '采用' }).click();
  expect(await page.evaluate(() => (window as unknown as Seen).gkDraft.bench.history.length)).toBe(steps + 1);
  await saved(page);
});
