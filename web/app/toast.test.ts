import { mount } from '@vue/test-utils';
import { ElMessage } from 'element-plus';
import { expect, it, vi } from 'vitest';
import { createI18n } from 'vue-i18n';
import { ApiError } from '@/api/problem';
import { useToastedAttempts } from './toast';

vi.mock('element-plus', () => ({ ElMessage: vi.fn() }));

it('every failure passes by, in the language of the reader; success says nothing', async () => {
  let attempt!: ReturnType<typeof useToastedAttempts>['attempt'];
  const i18n = createI18n({ legacy: false, locale: 'zh-CN', messages: { 'zh-CN': {}, en: {} } });
  mount({ setup: () => { ({ attempt } = useToastedAttempts()); }, template: '<p />' }, { global: { plugins: [i18n] } });
  const refusal = new ApiError(409, 'number_taken', '编号已被使用', 'the number is taken');
  await attempt(() => Promise.resolve());
  expect(ElMessage).not.toHaveBeenCalled();
  await attempt(() => Promise.reject(refusal));
  i18n.global.locale.value = 'en';
  await attempt(() => Promise.reject(refusal));
  expect(vi.mocked(ElMessage).mock.calls).toEqual([[{ message: '编号已被使用', type: 'error' }], [{ message: 'the number is taken', type: 'error' }]]);
});
