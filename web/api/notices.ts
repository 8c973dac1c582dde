// The notices API: thin calls, and the states that pages tell apart. A figure that is not known is absent, never 0.
import { get, post, query, send } from './client';
import type { components } from './schema';

type S = components['schemas'];
export const NOTICE_STATES = ['to_print', 'to_replace', 'to_remove', 'posted', 'due_check', 'verified', 'removed'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];
export type Notice = Omit<S['NoticeView'], 'state' | 'legal'> & { state: NoticeState; legal: NoticeState[] };
export type NoticePage = Omit<S['NoticePage'], 'items'> & { items: Notice[] };
export type CompoundNotices = S['CompoundNotices'];
export type NoticeReport = S['NoticeReport'];
export type Contact = S['PublicContactView'];
export interface PrintAsk { compound?: string; region?: string; buildings?: string[]; changed?: boolean; paper?: 'a4' | 'a3' }
export interface Printed { blob: Blob; pages: number; warnings: { code: string; zh: string; en: string }[] }

const of = encodeURIComponent;

export const noticeApi = {
  list: (ask: { region?: string; compound?: string; state?: string; offset?: number; limit?: number }, signal?: AbortSignal) => get<NoticePage>(`/notices${query(ask)}`, signal),
  mark: (buildings: readonly string[], to: NoticeState) => post<NoticeReport>('/notices:mark', { buildings, to }),
  contact: (kind: 'regions' | 'compounds', id: string) => get<Contact>(`/${kind}/${of(id)}/contact`),
  setContact: (kind: 'regions' | 'compounds', id: string, contact: Contact) => post<Contact>(`/${kind}/${of(id)}/contact`, contact, 'PUT'),
  async print(ask: PrintAsk): Promise<Printed> {
    const response = await send('/notices:print', { method: 'POST', body: JSON.stringify(ask), headers: { 'content-type': 'application/json', accept: 'application/pdf' } });
    const said = response.headers.get('x-gridkeeper-warnings');
    return {
      blob: await response.blob(),
      pages: Number(response.headers.get('x-gridkeeper-pages') ?? 0),
      warnings: said ? (JSON.parse(decodeURIComponent(said.replaceAll('+', ' '))) as Printed['warnings']) : [],
    };
  },
};
