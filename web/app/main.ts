// Entry: the first answers are asked for before anything is mounted.
import { api } from '@/api/client';
(globalThis as { gkFirst?: unknown }).gkFirst = (() => {
  const first = Promise.all([api.meta(), api.regions()]);
  first.catch(() => undefined);
  return first;
})();

import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n, setLocale, startLocale } from './i18n';
import { router } from './router';
import './styles/tokens.css';
import './styles/base.css';

async function start(): Promise<void> {
  await setLocale(startLocale);
  const app = createApp(App).use(createPinia()).use(router).use(i18n);
  // The address is read once it is complete: a lazily opened page must not lose its query.
  await router.isReady();
  app.mount('#app');
}
void start();
