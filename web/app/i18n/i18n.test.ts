import { describe, expect, it } from 'vitest';
import accountEn from '../account/words.en';
import accountZh from '../account/words.zh-CN';
import issuesEn from '../issues/words.en';
import issuesZh from '../issues/words.zh-CN';
import noticesEn from '../notices/words.en';
import noticesZh from '../notices/words.zh-CN';
import fieldEn from '../field/words.en';
import fieldZh from '../field/words.zh-CN';
import patrolEn from '../field/patrol.en';
import patrolZh from '../field/patrol.zh-CN';
import en from './en';
import keepersEn from '../people/words.en';
import keepersZh from '../people/words.zh-CN';
import paperEn from './paper.en';
import paperZh from './paper.zh-CN';
import redrawEn from './redraw.en';
import redrawZh from './redraw.zh-CN';
import reviewEn from './review.en';
import reviewZh from './review.zh-CN';
import zh from './zh-CN';

type Tree = { [key: string]: string | Tree };
const flat = (tree: Tree, at = ''): [string, string][] => Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[at + key, value] as [string, string]] : flat(value, `${at}${key}.`)));
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe.each([['the frame', zh, en], ['the workbench', redrawZh, redrawEn], ['review', reviewZh, reviewEn], ['print', paperZh, paperEn], ['accounts', accountZh, accountEn], ['issues', issuesZh, issuesEn], ['notices', noticesZh, noticesEn], ['the phone pages', fieldZh, fieldEn], ['patrol', patrolZh, patrolEn], ['people', keepersZh, keepersEn]])('the two languages of %s', (_, zh, en) => {
  it('have the same keys and the same holes', () => {
    const english = new Map(flat(en));
    const chinese = flat(zh);
    expect(chinese.map(([key]) => key).sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of chinese) expect(holes(english.get(key)!), key).toEqual(holes(text));
  });
  it('use full-width punctuation in Chinese sentences', () => {
    for (const [key, text] of flat(zh)) expect(/[\u4e00-\u9fff],/.test(text), key).toBe(false);
  });
});
