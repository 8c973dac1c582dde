// Chinese at once; English when somebody asks for it. The choice is remembered on this computer.
import { createI18n } from 'vue-i18n';
import zh from './zh-CN';

export type Locale = 'zh-CN' | 'en';

function remembered(): Locale {
  try {
    return localStorage.getItem('gk.locale') === 'en' ? 'en' : 'zh-CN';
  } catch {
    return 'zh-CN';
  }
}

export const i18n = createI18n({ legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', messages: { 'zh-CN': zh } as Record<string, typeof zh>, missingWarn: false, fallbackWarn: false });

export async function setLocale(locale: Locale): Promise<void> {
  if (locale === 'en' && !i18n.global.te('product', 'en')) {
    i18n.global.mergeLocaleMessage('en', (await import('./en')).default);
  }
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
  document.title = locale === 'en' ? 'Gridkeeper 网格管家' : '网格管家 · Gridkeeper';
  try {
    localStorage.setItem('gk.locale', locale);
  } catch { /* a private window forgets */ }
}

/** Adds the words of review and publication, in both languages: they come with the pages of plans. */
export async function addReviewWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('./review.zh-CN'), import('./review.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { review: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { review: enWords.default });
}

/** Adds the words of signing in, accounts and the audit log. */
export async function addAccountWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../account/words.zh-CN'), import('../account/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { account: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { account: enWords.default });
}

/** Adds the words of issues: heat map, list, reporting, and the lists of the first screen. */
export async function addIssueWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../issues/words.zh-CN'), import('../issues/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { issues: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { issues: enWords.default });
}

/** Adds the words of door notices. */
export async function addNoticeWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../notices/words.zh-CN'), import('../notices/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { notices: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { notices: enWords.default });
}

/** Adds the words of keeping the data right. */
export async function addUpkeepWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../upkeep/words.zh-CN'), import('../upkeep/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { upkeep: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { upkeep: enWords.default });
}

/** Adds the words of the gaps of service. */
export async function addGapWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../coverage/words.zh-CN'), import('../coverage/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { gaps: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { gaps: enWords.default });
}

/** Adds the words of subscriptions, notifications and what issues are measured by. */
export async function addDeskWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../desk/words.zh-CN'), import('../desk/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { desk: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { desk: enWords.default });
}

/** Adds the words of the phone pages; what is reported from there has words of its own. */
export async function addFieldWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../field/words.zh-CN'), import('../field/words.en'), addIssueWords()]);
  i18n.global.mergeLocaleMessage('zh-CN', { field: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { field: enWords.default });
}

/** Adds the words of the patrol page. */
export async function addPatrolWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../field/patrol.zh-CN'), import('../field/patrol.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { patrol: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { patrol: enWords.default });
}

/** Adds the words of people: roster, recruitment, organisations, assessments. */
export async function addPeopleWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('../people/words.zh-CN'), import('../people/words.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { keepers: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { keepers: enWords.default });
}

/** Adds the words of print pages. */
export async function addPaperWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('./paper.zh-CN'), import('./paper.en')]);
  i18n.global.mergeLocaleMessage('zh-CN', { paper: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { paper: enWords.default });
}

/** Adds those of the redraw workbench too. */
export async function addRedrawWords(): Promise<void> {
  const [zhWords, enWords] = await Promise.all([import('./redraw.zh-CN'), import('./redraw.en'), addReviewWords()]);
  i18n.global.mergeLocaleMessage('zh-CN', { redraw: zhWords.default });
  i18n.global.mergeLocaleMessage('en', { redraw: enWords.default });
}

export const startLocale = remembered();
