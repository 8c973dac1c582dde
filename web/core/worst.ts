// Today's worst problem of an area: order, colour and ink. The sign is a character, so colour is only the help.
import type { WorstKind } from '../api/issues';

export type { WorstKind };
/** Heaviest first; the colours of tokens `--p-*`. */
export const WORST: Readonly<Record<WorstKind, { readonly colour: string; readonly ink: string; readonly rank: number }>> = {
  vacant: { colour: '#a33b2a', ink: '#ffffff', rank: 0 }, overdue: { colour: '#c584b8', ink: '#111111', rank: 1 }, short: { colour: '#e0a96d', ink: '#111111', rank: 2 },
  deviation: { colour: '#7fbdb4', ink: '#111111', rank: 3 }, ok: { colour: '#e6e9e1', ink: '#111111', rank: 4 },
};
export const WORST_KINDS = Object.keys(WORST) as WorstKind[];
/** A kind that this page does not know is no problem to it. */
export const worstKind = (kind: string): WorstKind => (kind in WORST ? (kind as WorstKind) : 'ok');
