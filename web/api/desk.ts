// Subscriptions, what one was told, and what issues are measured by: types of the OpenAPI document, and thin calls.
// Not a cache. Invariant: an address of a receiver and the secret of a webhook never come back from the server.
import { get, post, query, send } from './client';
import type { components } from './schema';

type S = components['schemas'];
type Closer<T, W> = Omit<T, keyof W> & W;

export type Channel = 'in_app' | 'webhook' | 'wecom' | 'dingtalk';
export type Subscription = Closer<S['SubscriptionView'], { channel: Channel; query: Record<string, string> }>;
export type SubscriptionMade = Subscription & { secret?: string | null };
export type Notices = S['NotificationsView'];
export interface NewSubscription { name: string; query: Record<string, string>; channel: Channel; url?: string; secret?: string }
export type Trial = S['TrialView'];

export type TimeUnit = 'working_hours' | 'working_days' | 'hours' | 'days';
export interface TimeLimit { amount: number; unit: TimeUnit }
export type Priority = 'urgent' | 'high' | 'normal' | 'low';
export type PriorityLimits = Record<Priority, TimeLimit | null>;
/** A category whole, as it is written back; `questions` and `keywords` travel untouched. */
export interface CategoryRow { code: string; parent?: string; name_zh: string; name_en: string; keywords?: string[]; questions?: unknown[]; near_m: number; near_days: number; sensitive: boolean; limits: { acknowledge: PriorityLimits; dispose: PriorityLimits }; active: boolean }
export type RulePlace = { kind: 'region'; region: string } | { kind: 'compound'; compound: string };
export interface RoutingRule { id: string; order: number; categories: string[]; places: RulePlace[]; owner: { code: string; name: string }; valid_from: string; valid_to: string | null; note: string; made_by_arbitration: string | null }
export interface CalendarYear { notice: string; holidays: { name: string; from: string; to: string }[]; workdays: string[] }
export interface WorkCalendar { offset_minutes: number; weekdays: number[]; hours: [number, number][]; years: Record<string, CalendarYear> }
export type Routed = S['RoutedView'];

const put = async (path: string, body: unknown): Promise<void> => { await send(path, { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }); };
const id = encodeURIComponent;

export const deskApi = {
  notices: () => get<Notices>('/notifications'),
  read: async (ids?: readonly string[]) => { await send('/notifications:read', { method: 'POST', body: JSON.stringify(ids ? { ids } : {}), headers: { 'content-type': 'application/json' } }); },
  subscriptions: () => get<Subscription[]>('/subscriptions'),
  subscribe: (ask: NewSubscription) => post<SubscriptionMade>('/subscriptions', ask),
  unsubscribe: (one: string) => send(`/subscriptions/${id(one)}`, { method: 'DELETE' }),
  trial: (one: string) => post<Trial>(`/subscriptions/${id(one)}/trial`, {}),
};
export const ruleApi = {
  rules: () => get<{ items: RoutingRule[] }>('/routing-rules').then(({ items }) => items),
  setRules: (items: readonly RoutingRule[]) => put('/routing-rules', { items }),
  who: (category: string, place: RulePlace) => post<Routed>('/routing-rules:test', { category, place }),
  categories: () => get<{ items: CategoryRow[] }>('/issue-categories').then(({ items }) => items),
  setCategories: (items: readonly CategoryRow[]) => put('/issue-categories', { items }),
  calendar: () => get<WorkCalendar>('/work-calendar'),
  setCalendar: (calendar: WorkCalendar) => put('/work-calendar', calendar),
  compounds: (q: string, signal?: AbortSignal) => get<{ items: { kind: string; id: string; name: string }[] }>(`/search${query({ q, limit: 20 })}`, signal).then(({ items }) => items.filter(({ kind }) => kind === 'compound')),
};
