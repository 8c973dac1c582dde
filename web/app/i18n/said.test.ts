import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { nextTick } from 'vue';
import { createI18n } from 'vue-i18n';
import { useSaid } from './said';

it('what the server said follows the language of the reader', async () => {
  const i18n = createI18n({ legacy: false, locale: 'zh-CN', messages: { 'zh-CN': {}, en: {} } });
  const row = { reason_zh: '道路隔开', reason_en: 'a road between' };
  const page = mount({ setup: () => ({ said: useSaid(), row }), template: "<p>{{ said({ zh: '编号', en: 'number' }) }} {{ said(row, 'reason') }}</p>" }, { global: { plugins: [i18n] } });
  expect(page.text()).toBe('编号 道路隔开');
  i18n.global.locale.value = 'en';
  await nextTick();
  expect(page.text()).toBe('number a road between');
});
