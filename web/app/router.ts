// Routes over one map, and print pages without a frame. The address holds scope, fill, selection and view: every screen is a link.
import { createRouter, createWebHistory, type LocationQueryRaw } from 'vue-router';
import { addPaperWords, addRedrawWords, addReviewWords } from './i18n';
import OverviewPage from './pages/OverviewPage.vue';

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', name: 'overview', component: OverviewPage },
    { path: '/areas/:plan?', name: 'areas', component: () => Promise.all([import('./pages/AreasPage.vue'), addReviewWords()]).then(([page]) => page) },
    { path: '/areas/:plan/redraw', name: 'redraw', component: () => Promise.all([import('./pages/RedrawPage.vue'), addRedrawWords()]).then(([page]) => page) },
    { path: '/areas/:a/vs/:b', name: 'compare', component: () => Promise.all([import('./pages/ComparePage.vue'), addRedrawWords()]).then(([page]) => page) },
    { path: '/print/areas/:plan', name: 'print-areas', meta: { paper: true }, component: () => Promise.all([import('./pages/PrintAreasPage.vue'), addPaperWords()]).then(([page]) => page) },
    { path: '/print/meeting/:a/:b', name: 'print-meeting', meta: { paper: true }, component: () => Promise.all([import('./pages/PrintMeetingPage.vue'), addPaperWords()]).then(([page]) => page) },
    { path: '/coverage', name: 'coverage', component: () => import('./pages/CoveragePage.vue') },
    { path: '/data', name: 'data', component: () => import('./pages/DataPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

/** The query with some keys changed; `null` removes one. Writes made in one tick are merged, so none is lost. */
let waiting: Record<string, string | null> | null = null;
export function setQuery(change: Record<string, string | null>): void {
  if (waiting) {
    Object.assign(waiting, change);
    return;
  }
  waiting = { ...change };
  queueMicrotask(() => {
    const query: LocationQueryRaw = { ...router.currentRoute.value.query };
    for (const [key, value] of Object.entries(waiting ?? {})) {
      if (value === null) delete query[key];
      else query[key] = value;
    }
    waiting = null;
    void router.replace({ query });
  });
}

/** Query keys that survive a change of route. */
export function carried(): LocationQueryRaw {
  const { scope, at } = router.currentRoute.value.query;
  return { ...(scope ? { scope } : {}), ...(at ? { at } : {}) };
}
