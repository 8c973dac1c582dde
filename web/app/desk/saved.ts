// Something that is read whole, edited on the page, and written back whole. Invariant: what somebody else saved meanwhile is
// not written over; the page says so and keeps what was edited.
import { computed, ref, type ComputedRef, type Ref } from 'vue';
import { ApiError } from '@/api/problem';

export interface Saved<T> {
  readonly rows: Ref<T | null>;
  readonly changed: ComputedRef<boolean>;
  load(): Promise<void>;
  save(): Promise<void>;
}

export function useSaved<T>(read: () => Promise<T>, write: (value: T) => Promise<void>): Saved<T> {
  const rows = ref<T | null>(null) as Ref<T | null>;
  const stored = ref('');
  const changed = computed(() => rows.value !== null && JSON.stringify(rows.value) !== stored.value);
  async function load(): Promise<void> {
    const found = await read();
    stored.value = JSON.stringify(found);
    rows.value = found;
  }
  async function save(): Promise<void> {
    if (rows.value === null) return;
    if (JSON.stringify(await read()) !== stored.value) throw new ApiError(409, 'changed_meanwhile', '别人刚刚改过这些内容。请记下您的改动，刷新页面后再改。', 'Somebody else has just changed this. Note your changes, reload the page and make them again.');
    await write(rows.value);
    await load();
  }
  return { rows, changed, load, save };
}
