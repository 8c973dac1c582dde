// The whole job on real cities, where their data are at hand (`GRIDKEEPER_REAL_DATA`, see scripts/e2e).
import { expect, test } from '@playwright/test';
import { type Seen, border, fingerprint, lookAt, openDraft, saved, sixtyStrokes, spot } from './draft';
import { drawn, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

for (const city of ['nanjing', 'shanghai'] as const) {
  const url = process.env[`GRIDKEEPER_${city.toUpperCase()}_URL`];
  test.describe(`on the real data of ${city}`, () => {
    test.skip(!url, 'no real data at hand');
    test.use({ baseURL: url ?? 'http://127.0.0.1:9', storageState: url ? sessionOf(city) : undefined });

    test('by mouse and by keyboard: paint, select, assign, reload in the middle, undo', async ({ page }) => {
      test.slow();
      const errors = watchErrors(page);
      const began = Date.now();
      const plan = await openDraft(page, '真实数据');
      console.log(`${city}: opened in ${Date.now() - began} ms, ${await page.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.unitCount)} units`);
      const start = await fingerprint(page);
      const [unit, other] = await border(page, 20);
      await lookAt(page, unit);
      await page.evaluate((one) => { const { gkDraft, gkAim } = window as unknown as Seen & { gkAim(area: number): void }; gkAim(gkDraft.bench.draft.redraw.areaOf[one]!); }, other);
      const here = await spot(page, unit);
      await page.mouse.move(here.x, here.y);
      await page.mouse.down();
      await page.mouse.up();
      await expect.poll(() => fingerprint(page)).not.toBe(start);
      const painted = await fingerprint(page);
      await page.keyboard.press('KeyV');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Shift+ArrowDown');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Delete');
      await saved(page);
      const steps = await page.evaluate(() => (window as unknown as Seen).gkDraft.bench.history.length);
      expect(steps).toBeGreaterThan(1);
      await page.reload();
      await drawn(page);
      await expect(page.getByTestId('status')).toBeVisible();
      for (let step = steps; step > 1; step--) await page.keyboard.press('Control+z');
      expect(await fingerprint(page)).toBe(painted);
      await page.keyboard.press('Control+z');
      expect(await fingerprint(page)).toBe(start);
      await saved(page);
      expect(((await (await page.request.get(`/api/v1/plans/${plan}/compare?with_seq=0`)).json()) as { changed_units: number }).changed_units).toBe(0);
      expect(await seriousFindings(page)).toEqual([]);
      expect(errors).toEqual([]);
    });

    test('sixty random strokes agree everywhere, and undoing all restores the start', async ({ page }) => {
      test.slow();
      await sixtyStrokes(page, await openDraft(page, '真实六十笔'));
    });

    test('on a phone, without a line for a while', async ({ browser }) => {
      const context = await browser.newContext({ baseURL: url!, viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'zh-CN' });
      const page = await context.newPage();
      await openDraft(page, '手机真实');
      const before = await fingerprint(page);
      const [unit] = await border(page, 7);
      await lookAt(page, unit);
      await context.setOffline(true);
      const { x, y } = await spot(page, unit);
      await page.touchscreen.tap(x, y);
      await expect.poll(() => fingerprint(page)).not.toBe(before);
      await expect(page.getByTestId('save')).toHaveAttribute('data-state', 'offline', { timeout: 15_000 });
      await context.setOffline(false);
      await saved(page);
      await context.close();
    });
  });
}
