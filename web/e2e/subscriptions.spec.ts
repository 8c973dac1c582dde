// What people hear of issues, what issues are measured by, and the heat map on paper.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, type Browser, type Page } from '@playwright/test';
import { change, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

const STREET = '999001001000';
async function as(browser: Browser, who: string): Promise<Page> {
  return (await browser.newContext({ storageState: sessionOf(who) })).newPage();
}
async function asked<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as T;
}
/** Somebody reports an issue in the first community. */
async function reported(page: Page, text: string): Promise<{ id: string; code: string }> {
  const { items } = await asked<{ items: { id: string }[] }>(page, '/compounds?region=999001001001&limit=1');
  const answer = await change(page, 'POST', '/api/v1/issues', { category: 'environment.rubbish', source: 'secretary', place: { kind: 'compound', compound: items[0]!.id }, black_text: text });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()) as { id: string; code: string };
}
async function withoutSubscriptions(page: Page): Promise<void> {
  for (const { id } of await asked<{ id: string }[]>(page, '/subscriptions')) await change(page, 'DELETE', `/api/v1/subscriptions/${id}`);
}

test.describe('a street leader', () => {
  test.use({ storageState: sessionOf('street-leader') });

  test('subscribes on the page, is told at the bell, and reads what it was about', async ({ page, browser }) => {
    const errors = watchErrors(page);
    await withoutSubscriptions(page);
    await page.goto('/subscriptions');
    await page.getByRole('button', { name: '新订阅' }).click();
    const form = page.getByTestId('subscribe');
    await form.getByLabel('名称').fill('环境卫生');
    await form.getByLabel('类别').selectOption('environment');
    await form.getByRole('button', { name: '订阅' }).click();
    const row = page.getByTestId('subscriptions').getByRole('listitem');
    await expect(row).toHaveCount(1);
    await expect(row).toContainText('环境卫生');
    expect(await seriousFindings(page)).toEqual([]);

    await page.goto('/');
    const bell = page.getByTestId('bell');
    await expect(bell).toBeVisible();
    const secretary = await as(browser, 'community-secretary');
    const issue = await reported(secretary, '示例：楼道口有垃圾（订阅）');
    await expect(bell).toHaveAttribute('aria-label', /\d+ 条未读/, { timeout: 15_000 });
    await bell.click();
    const notices = page.getByTestId('notices');
    await expect(notices).toContainText(issue.code);
    expect(await seriousFindings(page)).toEqual([]);
    await notices.getByRole('link', { name: new RegExp(issue.code) }).click();
    await expect(page).toHaveURL(new RegExp(`/issues/i/${issue.id}`));
    await expect(page.getByTestId('issue')).toContainText('示例：楼道口有垃圾（订阅）');
    await expect.poll(async () => (await asked<{ unread: number }>(page, '/notifications')).unread).toBe(0);
    await page.goto('/subscriptions');
    await page.getByRole('button', { name: '取消订阅“环境卫生”' }).click();
    await expect(page.getByText('还没有订阅。')).toBeVisible();
    expect(errors).toEqual([]);
  });

  test('is told of a receiver that may not be sent to, and keeps what was written', async ({ page }) => {
    await page.goto('/subscriptions');
    await page.getByRole('button', { name: '新订阅' }).click();
    const form = page.getByTestId('subscribe');
    await form.getByLabel('名称').fill('内网');
    await form.getByLabel('Webhook').check();
    await form.getByLabel('接收网址').fill('https://10.0.0.8/hook');
    await form.getByRole('button', { name: '订阅' }).click();
    await expect(page.getByRole('alert')).toContainText('内部网络');
    await expect(form.getByLabel('接收网址')).toHaveValue('https://10.0.0.8/hook');
  });

  test('reads the rules and asks who would get something, but changes nothing', async ({ page }) => {
    await page.goto('/rules');
    await expect(page.getByText('您可以查看')).toBeVisible();
    await expect(page.getByRole('button', { name: '保存' })).toHaveCount(0);
    await expect(page.getByTestId('rules').getByRole('row').nth(1)).toBeVisible();
    const tester = page.getByTestId('tester');
    const rules = await asked<{ items: { categories: string[]; owner: { name: string }; places: unknown[] }[] }>(page, '/routing-rules');
    const anywhere = rules.items.find((rule) => rule.places.length === 0 && rule.categories.length > 0)!;
    await tester.getByLabel('类别').selectOption(anywhere.categories[0]!);
    const { items } = await asked<{ items: { name: string }[] }>(page, '/compounds?region=999001001001&limit=1');
    await tester.getByLabel('地点').fill(items[0]!.name);
    // The list of names comes a moment later; the name is then known.
    await expect(tester.getByRole('button', { name: '看看' })).toBeDisabled();
    await expect(tester.locator('datalist option').first()).toBeAttached();
    await tester.getByLabel('地点').fill(`${items[0]!.name}`);
    await tester.getByLabel('地点').dispatchEvent('input');
    await tester.getByRole('button', { name: '看看' }).click();
    await expect(page.getByTestId('who')).toContainText(anywhere.owner.name);
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('prints the heat map: the same figures, legend and worst twenty, one page of A3', async ({ page }) => {
    const errors = watchErrors(page);
    await page.goto('/issues?category=environment');
    await page.getByRole('button', { name: '导出' }).click();
    await page.getByRole('link', { name: '打印 A3 图表' }).click();
    await expect(page).toHaveURL(new RegExp(`/print/heat/${STREET}\\?.*category=environment`));
    const sheet = page.locator('.sheet');
    await expect(sheet).toBeVisible({ timeout: 30_000 });
    const heat = await asked<{ total: { n: number }; items: { name: string; n: number; rate: number | null; small: boolean }[] }>(page, `/issues:heat?region=${STREET}&by=compound&category=environment`);
    await expect(sheet).toContainText(`${heat.total.n}`);
    const worst = heat.items.filter(({ small, rate }) => !small && rate !== null).slice(0, 20);
    const rows = page.getByTestId('worst').locator('tbody tr');
    await expect(rows).toHaveCount(Math.max(1, worst.length));
    if (worst[0]) await expect(rows.first()).toContainText(worst[0].name);
    await expect(page.getByTestId('paper-legend')).toContainText('样本少');
    await expect(sheet).toContainText('合成数据');
    for (const layer of ['density', 'hot', 'change']) {
      await page.goto(`/print/heat/${STREET}?layer=${layer}`);
      await expect(page.getByTestId('worst')).toBeVisible({ timeout: 30_000 });
      if (layer === 'density') await expect(page.locator('.sheet image').first()).toBeAttached();
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
      expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length, layer).toBe(1);
    }
    await page.getByLabel('黑白预览').check();
    await expect(page.locator('.desk')).toHaveClass(/grey/);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('has seven days beside the figures, or the reason why not', async ({ page }) => {
    await page.goto('/');
    const { tiles } = await asked<{ tiles: { code: string; zh: string; spark: (number | null)[]; why_zh: string | null }[] }>(page, `/regions/${STREET}/overview`);
    for (const [at, tile] of tiles.entries()) {
      const shown = page.getByTestId('today').locator('.tile').nth(at);
      await expect(shown).toContainText(tile.zh);
      await expect(shown.getByRole('img')).toHaveCount(tile.spark.filter((n) => n !== null).length >= 2 ? 1 : 0);
      if (tile.why_zh) await expect(shown.locator('[role=note]').first()).toHaveAttribute('aria-label', new RegExp(tile.why_zh));
    }
  });
});

test.describe('a grid administrator', () => {
  test.use({ storageState: sessionOf('grid-admin') });

  test('changes a rule, is told what is wrong in its row, and takes it back', async ({ page }) => {
    await page.goto('/rules');
    const rules = page.getByTestId('rules');
    await expect(rules.getByRole('row').nth(1)).toBeVisible();
    const before = await asked<{ items: unknown[] }>(page, '/routing-rules');
    await page.getByRole('button', { name: '加一条' }).click();
    await expect(rules.getByRole('alert')).toContainText('缺责任单位');
    await expect(page.getByRole('button', { name: '保存' })).toBeDisabled();
    await rules.getByLabel('责任单位代码').fill('street:example');
    await rules.getByLabel('责任单位名称').fill('示例综合办');
    await rules.getByLabel('起（含）').fill('2199-01-01');
    await page.getByRole('button', { name: '保存' }).click();
    await expect(page.getByText('有改动，还没有保存。')).toHaveCount(0);
    const after = await asked<{ items: { owner: { name: string }; valid_from: string }[] }>(page, '/routing-rules');
    expect(after.items.length).toBe(before.items.length + 1);
    expect(after.items.at(-1)).toMatchObject({ owner: { name: '示例综合办' }, valid_from: '2199-01-01' });
    await page.getByRole('button', { name: '删除派给“示例综合办”的规则' }).click();
    await page.getByRole('button', { name: '保存' }).click();
    await expect.poll(async () => (await asked<{ items: unknown[] }>(page, '/routing-rules')).items).toEqual(before.items);
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('sets a limit of a category and a day of the calendar, as the server has them', async ({ page }) => {
    type Row = { code: string; limits: { dispose: { low: { amount: number; unit: string } | null } } };
    const of = async () => (await asked<{ items: Row[] }>(page, '/issue-categories')).items.find(({ code }) => code === 'utilities.drainage')!;
    const before = await asked<{ items: Row[] }>(page, '/issue-categories');
    await page.goto('/rules?tab=categories');
    await page.getByRole('button', { name: '编辑 排水' }).click();
    await page.getByLabel('办结 不急').fill('9');
    await page.getByLabel('办结 不急').press('Tab');
    await page.getByRole('button', { name: '保存' }).click();
    await expect.poll(async () => (await of()).limits.dispose.low?.amount).toBe(9);
    await change(page, 'PUT', '/api/v1/issue-categories', before);
    expect(await seriousFindings(page)).toEqual([]);

    const calendar = await asked<{ years: Record<string, { workdays: string[] }> }>(page, '/work-calendar');
    await page.goto('/rules?tab=calendar');
    await page.getByRole('button', { name: '2026', exact: true }).click();
    await page.getByRole('button', { name: '加上班日' }).click();
    await page.getByLabel('上班日').last().fill('2027-01-02');
    await expect(page.getByRole('alert')).toContainText('日期要在这一年里');
    await page.getByLabel('上班日').last().fill('2026-12-27');
    await page.getByRole('button', { name: '保存' }).click();
    await expect.poll(async () => (await asked<typeof calendar>(page, '/work-calendar')).years['2026']!.workdays).toContain('2026-12-27');
    expect((await change(page, 'PUT', '/api/v1/work-calendar', calendar)).status()).toBe(204);
    expect(await seriousFindings(page)).toEqual([]);
  });
});

test('a dispatch is chosen from the bodies that are known', async ({ browser }) => {
  const page = await as(browser, 'community-secretary');
  const issue = await reported(page, '示例：楼道口有垃圾（派单）');
  for (const move of ['acknowledge', 'coordinate']) expect((await change(page, 'POST', `/api/v1/issues/${issue.id}`, { move })).status()).toBe(200);
  const { items } = await asked<{ items: { code: string; name: string }[] }>(page, '/responsible-bodies');
  const body = items.find(({ code }) => !code.startsWith('company:'))!;
  await page.goto(`/issues/i/${issue.id}`);
  const moves = page.getByTestId('issue').locator('.moves');
  await moves.getByRole('button', { name: '派单', exact: true }).click();
  await page.getByTestId('bodies').selectOption(body.code);
  await moves.getByRole('button', { name: '确认派单' }).click();
  await expect(moves.locator('form')).toHaveCount(0);
  expect(await asked<{ owner: { code: string } }>(page, `/issues/${issue.id}`)).toMatchObject({ owner: { code: body.code } });
});

test('a signature of a webhook is checked with nothing but the secret that was shown once', async ({ browser }) => {
  test.skip(process.env.GRIDKEEPER_LOOPBACK_HOOKS !== '1', 'needs a server with webhooks.loopback_http');
  const page = await as(browser, 'street-leader');
  const arrived: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (part: Buffer) => { body += part.toString('utf8'); });
    request.on('end', () => { arrived.push({ headers: request.headers, body }); answer.end('ok'); });
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  try {
    await page.goto('/subscriptions');
    await page.getByRole('button', { name: '新订阅' }).click();
    const form = page.getByTestId('subscribe');
    await form.getByLabel('名称').fill('签名');
    await form.getByLabel('Webhook').check();
    await form.getByLabel('接收网址').fill(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    await form.getByRole('button', { name: '订阅' }).click();
    const secret = await page.getByTestId('secret').locator('code').innerText();
    await page.getByRole('button', { name: '发测试消息' }).click();
    await expect(page.getByText('测试消息已送达。')).toBeVisible();
    const { headers, body } = arrived[0]!;
    expect(headers['x-gridkeeper-signature']).toBe(`sha256=${createHmac('sha256', secret).update(`${headers['x-gridkeeper-timestamp'] as string}.${body}`).digest('hex')}`);
    await page.reload();
    await expect(page.getByText(secret)).toHaveCount(0);
    await withoutSubscriptions(page);
  } finally {
    server.close();
  }
});
