// The filter of issues as the pages share it: read from the address, written to the address, nowhere else.
import { computed, type ComputedRef } from 'vue';
import { useRoute } from 'vue-router';
import { apiQuery, filterQuery, parseFilter, type IssueFilter } from '@/core/issue-filter';
import { setQuery } from '../router';
import { useWork } from '../stores/work';

export interface UsedFilter {
  readonly filter: ComputedRef<IssueFilter>;
  /** Filter and scope, as the API takes them; `q` is left out. */
  readonly asked: ComputedRef<Record<string, string>>;
  /** The same with `q`, for lists. */
  readonly askedList: ComputedRef<Record<string, string>>;
  readonly narrowed: ComputedRef<boolean>;
  change(of: Partial<IssueFilter>): void;
  clear(): void;
}

export function useFilter(): UsedFilter {
  const route = useRoute();
  const work = useWork();
  const filter = computed(() => parseFilter(route.query));
  const change = (of: Partial<IssueFilter>): void => setQuery(filterQuery({ ...filter.value, ...of }));
  return {
    filter,
    asked: computed(() => apiQuery(filter.value, work.scope)),
    askedList: computed(() => apiQuery(filter.value, work.scope, true)),
    narrowed: computed(() => Object.entries(filterQuery(filter.value)).some(([key, value]) => value !== null && key !== 'from' && key !== 'to')),
    change,
    clear: () => setQuery(filterQuery(parseFilter({ from: filter.value.from, to: filter.value.to }))),
  };
}
