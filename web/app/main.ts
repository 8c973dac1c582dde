// Wiring only.
import { createApp } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';
import { i18n } from './i18n';
import './styles.css';

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'overview', component: () => import('./views/Overview.vue') },
    { path: '/areas/:plan?', name: 'areas', component: () => import('./views/Areas.vue') },
    { path: '/coverage', name: 'coverage', component: () => import('./views/Coverage.vue') },
    { path: '/data', name: 'data', component: () => import('./views/Data.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

document.documentElement.lang = i18n.global.locale.value;
createApp(App).use(router).use(i18n).mount('#app');
