// Counts of categories as a tree: what the server counts are leaves, their parents are the sums.
// Not the categories' own data. Invariant: a sum with a part that may not be told is `null`, not the rest.
import type { Category, CountOf } from '../api/issues';

export interface Branch { readonly code: string; readonly name_zh: string; readonly name_en: string; readonly n: number | null; readonly children: readonly CountOf[] }

/** Parents with their parts, most issues first; what has no known parent stands by itself. */
export function categoryTree(counts: readonly CountOf[], categories: readonly Category[]): Branch[] {
  const known = new Map(categories.map((each) => [each.code, each]));
  const parents = new Map<string, CountOf[]>();
  for (const each of counts) {
    const parent = each.parent && known.has(each.parent) ? each.parent : each.code;
    parents.set(parent, [...(parents.get(parent) ?? []), each]);
  }
  const branches = [...parents].map(([code, parts]): Branch => {
    const { name_zh, name_en } = known.get(code) ?? parts[0]!;
    return { code, name_zh, name_en, n: parts.some(({ n }) => (n ?? null) === null) ? null : parts.reduce((sum, { n }) => sum + n!, 0), children: parts.filter((each) => each.code !== code) };
  });
  return branches.sort((a, b) => (b.n ?? -1) - (a.n ?? -1));
}
