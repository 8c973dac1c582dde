// Signing in as people do: the page, a wrong password, the demo's roles, what each sees, and the way out.
import { expect, test } from '@playwright/test';
import { drawn, ready, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

test.describe('nobody is signed in', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('a page asks to sign in first and comes back to itself', async ({ page }) => {
    const errors = watchErrors(page);
    await page.goto('/coverage');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByLabel('账号', { exact: true }).fill('grid-admin');
    await page.getByLabel('密码').fill('not the password');
    await page.locator('[data-role="grid_admin"]').click();
    await expect(page).toHaveURL(/\/coverage/);
    await drawn(page);
    await expect(page.getByTestId('account')).toContainText('示例网格管理员');
    await page.getByTestId('account').click();
    await page.getByRole('button', { name: '退出', exact: true }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto('/data');
    await expect(page).toHaveURL(/\/sign-in/);
    expect(errors).toEqual([]);
  });

  test('a wrong password is said once, without telling whether there is such an account', async ({ page }) => {
    await page.goto('/sign-in');
    for (const who of ['nobody', '没有这个人']) {
      await page.getByLabel('账号', { exact: true }).fill(who);
      await page.getByLabel('密码').fill('wrong wrong wrong');
      await page.getByRole('button', { name: '登录', exact: true }).click();
      await expect(page.getByRole('alert')).toContainText('账号或密码不对');
    }
  });

  test('without signing in there are published areas and cards, and nothing else', async ({ page }) => {
    await page.goto('/sign-in');
    await page.getByRole('button', { name: /不登录/ }).click();
    await drawn(page);
    await expect(page.getByText('未登录，只显示已公布的内容')).toBeVisible();
    await expect(page.getByRole('navigation').getByRole('link')).toHaveText(['片区', '问题', '公示', /意见与投诉/]);
    await expect(page.getByRole('button', { name: '自动划分' })).toHaveCount(0);
    await expect(page.getByText('导出', { exact: true })).toHaveCount(0);
    await expect(page.locator('#pane-list [role="option"]').first()).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('a link to another site is not followed after signing in', async ({ page }) => {
    await page.goto('/sign-in?next=//evil.example/');
    await page.locator('[data-role="grid_admin"]').click();
    await expect(page).toHaveURL(/127\.0\.0\.1:\d+\/$/);
  });

  test('in English, in large type, on a phone', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Large type' }).or(page.getByRole('button', { name: /[Ll]arge/ })).first().click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});

test.describe('a system administrator', () => {
  test.use({ storageState: sessionOf('system-admin') });

  test('makes an account, hands over a link, and the person sets a password', async ({ page, browser }) => {
    const errors = watchErrors(page);
    await page.goto('/');
    await expect(page).toHaveURL(/\/accounts/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '新建账号' }).first().click();
    const login = `示例${Date.now()}`;
    await page.getByLabel('账号', { exact: true }).fill(login);
    await page.getByLabel('姓名', { exact: true }).fill('示例甲01');
    await page.getByLabel(/^角色/).selectOption('grid_worker');
    await page.getByLabel('范围', { exact: true }).fill('999001001003');
    await page.locator('form').getByRole('button', { name: '新建账号' }).click();
    const link = await page.getByTestId('link').textContent();
    await expect(page.getByText('待安全管理员批准')).toBeVisible();
    const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
    const other = await context.newPage();
    await other.goto(link!);
    await other.getByLabel('新密码').fill('1234567890');
    await other.getByLabel('再输一遍').fill('1234567890');
    await other.getByRole('button', { name: '保存并登录' }).click();
    await expect(other.getByRole('alert')).toContainText('容易被猜到');
    await other.getByLabel('新密码').fill('otter lamp Weide 19');
    await other.getByLabel('再输一遍').fill('otter lamp Weide 19');
    expect(await seriousFindings(other)).toEqual([]);
    await other.getByRole('button', { name: '保存并登录' }).click();
    await expect(other.getByTestId('account')).toContainText('示例甲01');
    await context.close();
    expect(errors).toEqual([]);
  });
});

test.describe('an auditor', () => {
  test.use({ storageState: sessionOf('auditor') });

  test('searches the log and verifies it', async ({ page }) => {
    await page.goto('/audit');
    await expect(page.getByRole('cell', { name: 'session.begin' }).first()).toBeVisible();
    await page.getByLabel('姓名、操作、编号、地址或理由').fill('session');
    await page.getByRole('button', { name: '搜索' }).click();
    await page.getByRole('button', { name: '校验完整性' }).click();
    await expect(page.getByText(/日志完整/)).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
  });
});

for (const [who, link] of [['community-secretary', '总览'], ['compound-secretary', '片区']] as const) {
  test.describe(who, () => {
    test.use({ storageState: sessionOf(who) });
    test('begins on a page with something on it, and every page of theirs works', async ({ page }) => {
      const errors = watchErrors(page);
      await ready(page, '/');
      await expect(page.getByRole('navigation').getByRole('link').first()).toHaveText(link);
      await ready(page, '/areas');
      await expect(page.locator('#pane-list [role="option"]').first()).toBeVisible();
      expect(await seriousFindings(page)).toEqual([]);
      expect(errors).toEqual([]);
    });
  });
}
