// Routes over one map, and print pages without a frame. The address holds scope, fill, selection and view: every screen is a link.
import { createRouter, createWebHistory, type LocationQueryRaw } from 'vue-router';
import { whenSignedOut } from '@/api/client';
import { addAccountWords, addDeskWords, addFieldWords, addGapWords, addIssueWords, addNoticeWords, addPaperWords, addPatrolWords, addPeopleWords, addRedrawWords, addReviewWords, addUpkeepWords } from './i18n';
import OverviewPage from './pages/OverviewPage.vue';
import { useAccount } from './stores/account';

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/', name: 'overview', meta: { sees: 'quota_policy' }, component: OverviewPage },
    { path: '/areas/:plan?', name: 'areas', component: () => Promise.all([import('./pages/AreasPage.vue'), addReviewWords()]).then(([page]) => page) },
    { path: '/areas/:plan/redraw', name: 'redraw', component: () => Promise.all([import('./pages/RedrawPage.vue'), addRedrawWords()]).then(([page]) => page) },
    { path: '/areas/:a/vs/:b', name: 'compare', component: () => Promise.all([import('./pages/ComparePage.vue'), addRedrawWords()]).then(([page]) => page) },
    { path: '/print/areas/:plan', name: 'print-areas', meta: { paper: true }, component: () => Promise.all([import('./pages/PrintAreasPage.vue'), addPaperWords()]).then(([page]) => page) },
    { path: '/print/meeting/:a/:b', name: 'print-meeting', meta: { paper: true }, component: () => Promise.all([import('./pages/PrintMeetingPage.vue'), addPaperWords()]).then(([page]) => page) },
    { path: '/print/heat/:scope', name: 'print-heat', meta: { paper: true, sees: 'issue_figures' }, component: () => Promise.all([import('./pages/PrintHeatPage.vue'), addPaperWords(), addIssueWords()]).then(([page]) => page) },
    { path: '/issues', name: 'issues', meta: { sees: 'issue_figures', card: false }, component: () => Promise.all([import('./pages/IssuesPage.vue'), addIssueWords()]).then(([page]) => page) },
    { path: '/issues/list', name: 'issue-list', meta: { sees: 'issues', wide: true, card: false }, component: () => Promise.all([import('./pages/IssueListPage.vue'), addIssueWords()]).then(([page]) => page) },
    { path: '/issues/i/:id', name: 'issue', meta: { sees: 'issues', wide: true, card: false }, component: () => Promise.all([import('./pages/IssueListPage.vue'), addIssueWords()]).then(([page]) => page) },
    { path: '/report', name: 'report', meta: { frame: false, open: true, visitors: true }, component: () => Promise.all([import('./report/ReportPage.vue'), addIssueWords()]).then(([page]) => page) },
    { path: '/report/:lookup', name: 'lookup', meta: { frame: false, open: true, visitors: true }, component: () => Promise.all([import('./report/LookupPage.vue'), addIssueWords()]).then(([page]) => page) },
    { path: '/coverage', name: 'coverage', meta: { sees: 'quota_policy', card: false }, component: () => Promise.all([import('./pages/CoveragePage.vue'), addGapWords()]).then(([page]) => page) },
    { path: '/notices', name: 'notices', meta: { sees: 'notices', card: false }, component: () => Promise.all([import('./notices/NoticesPage.vue'), addNoticeWords()]).then(([page]) => page) },
    { path: '/data', name: 'data', meta: { sees: 'imports' }, component: () => Promise.all([import('./pages/DataPage.vue'), addUpkeepWords()]).then(([page]) => page) },
    { path: '/print/coverage/:scope', name: 'print-coverage', meta: { sees: 'quota_policy', paper: true }, component: () => Promise.all([import('./pages/PrintCoveragePage.vue'), addGapWords(), addPaperWords()]).then(([page]) => page) },
    { path: '/m', name: 'today', meta: { frame: false, sees: 'visits' }, component: () => Promise.all([import('./field/TodayPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/visit/:building?', name: 'visit', meta: { frame: false, sees: 'visits' }, component: () => Promise.all([import('./field/VisitPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/area', name: 'my-area', meta: { frame: false, sees: 'visits' }, component: () => Promise.all([import('./field/MyAreaPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/card', name: 'card', meta: { frame: false, sees: 'visits' }, component: () => Promise.all([import('./field/CardPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/diary', name: 'diary', meta: { frame: false, sees: 'visits' }, component: () => Promise.all([import('./field/DiaryPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/enter', name: 'enter', meta: { frame: false, sees: 'visits' }, component: () => Promise.all([import('./field/EnterPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/tiers', name: 'tiers', meta: { frame: false, sees: 'priority_counts' }, component: () => Promise.all([import('./field/TiersPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/m/burden', name: 'burden', meta: { frame: false, open: true, visitors: true }, component: () => Promise.all([import('./field/BurdenPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/feedback', name: 'feedback', meta: { frame: false, open: true, visitors: true }, component: () => Promise.all([import('./field/FeedbackPage.vue'), addFieldWords()]).then(([page]) => page) },
    { path: '/patrol', name: 'patrol', meta: { sees: 'visit_figures', card: false }, component: () => Promise.all([import('./pages/PatrolPage.vue'), addPatrolWords()]).then(([page]) => page) },
    { path: '/people', name: 'people', meta: { sees: 'organisations', wide: true, card: false }, component: () => Promise.all([import('./people/PeoplePage.vue'), addPeopleWords()]).then(([page]) => page) },
    { path: '/sign-in', name: 'sign-in', meta: { frame: false, open: true }, component: () => Promise.all([import('./account/SignInPage.vue'), addAccountWords()]).then(([page]) => page) },
    { path: '/welcome', name: 'welcome', meta: { frame: false, open: true }, component: () => Promise.all([import('./account/WelcomePage.vue'), addAccountWords()]).then(([page]) => page) },
    { path: '/account', name: 'account', meta: { frame: false }, component: () => Promise.all([import('./account/OwnPage.vue'), addAccountWords()]).then(([page]) => page) },
    { path: '/subscriptions', name: 'subscriptions', meta: { frame: false }, component: () => Promise.all([import('./desk/SubscriptionsPage.vue'), addDeskWords(), addIssueWords()]).then(([page]) => page) },
    { path: '/rules', name: 'rules', meta: { frame: false, sees: 'rules' }, component: () => Promise.all([import('./desk/RulesPage.vue'), addDeskWords(), addIssueWords()]).then(([page]) => page) },
    { path: '/accounts', name: 'accounts', meta: { frame: false, sees: 'accounts' }, component: () => Promise.all([import('./account/AccountsPage.vue'), addAccountWords()]).then(([page]) => page) },
    { path: '/audit', name: 'audit', meta: { frame: false, sees: 'audit_log' }, component: () => Promise.all([import('./account/AuditPage.vue'), addAccountWords()]).then(([page]) => page) },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

/** Whoever is not signed in signs in first, or has chosen to look around; nobody lands on a page that is not theirs. */
export function guardRoutes(): void {
  const account = useAccount();
  whenSignedOut(() => {
    const { name, fullPath, meta } = router.currentRoute.value;
    if (name && !meta.open && account.signedIn) location.assign(`/sign-in?next=${encodeURIComponent(fullPath)}`);
  });
  router.beforeEach(async (to) => {
    if (to.meta.open) {
      // Anybody may report; who is signed in does it under their name.
      if (to.meta.visitors) await account.ready().catch(() => undefined);
      return true;
    }
    // An unreachable server is told by the page, which tries again.
    try { await account.ready(); } catch { return true; }
    if (!account.signedIn && !(account.looking && to.meta.frame !== false)) return { name: 'sign-in', query: { next: to.fullPath } };
    if (account.session?.must_enrol) return to.name === 'account' ? true : { name: 'account' };
    const { sees } = to.meta;
    if (to.name !== 'account' && ((typeof sees === 'string' && !account.can(sees, 'read')) || (to.meta.frame !== false && !account.can('places', 'read')))) return account.home === to.path ? true : account.home;
    return true;
  });
}

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
