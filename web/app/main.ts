// Entry: the first answers are asked for before anything is mounted.
import { api } from '@/api/client';
// Pages without a map need nothing of it.
if (!/^\/(sign-in|welcome|account|accounts|audit|report|m\b|feedback)/.test(location.pathname)) {
  const first = Promise.all([api.meta(), api.regions()]);
  first.catch(() => undefined);
  (globalThis as { gkFirst?: unknown }).gkFirst = first;
}

import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n, setLocale, startLocale } from './i18n';
import { guardRoutes, router } from './router';
import './styles/tokens.css';
import './styles/base.css';

async function start(): Promise<void> {
  await setLocale(startLocale);
  const app = createApp(App).use(createPinia()).use(i18n);
  guardRoutes();
  app.use(router);
  // The address is read once it is complete: a lazily opened page must not lose its query.
  await router.isReady();
  app.mount('#app');
}
void start();
