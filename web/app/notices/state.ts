// How a state of a notice looks: a character that is its sign, and a colour that helps. Work to be done is dark.
import type { NoticeState } from '@/api/notices';

export interface Look { readonly sign: string; readonly colour: string; readonly ink: string }
export const LOOK: Readonly<Record<NoticeState, Look>> = {
  to_print: { sign: '缺', colour: '#7f3b08', ink: '#ffffff' },
  to_replace: { sign: '换', colour: '#c8690f', ink: '#ffffff' },
  to_remove: { sign: '撤', colour: '#a33b2a', ink: '#ffffff' },
  posted: { sign: '核', colour: '#31527d', ink: '#ffffff' },
  due_check: { sign: '查', colour: '#e0a96d', ink: '#1d2a2f' },
  verified: { sign: '✓', colour: '#d5e6e2', ink: '#0a4f4b' },
  removed: { sign: '空', colour: '#edf1f1', ink: '#51626a' },
};
/** What doors can be moved on to together. */
export const MARKS = ['posted', 'verified', 'to_replace', 'to_remove', 'removed', 'to_print'] as const;
