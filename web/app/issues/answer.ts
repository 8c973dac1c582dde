// One question that is asked again whenever it changes. Invariant: an answer that was overtaken is dropped, and while the
// next one is on its way the last one stays.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { ApiError } from '@/api/problem';

export interface Answer<T> {
  readonly answer: ShallowRef<T | null>;
  readonly error: ShallowRef<ApiError | null>;
  readonly loading: Ref<boolean>;
  reload(): void;
}

/** `key` names the question; `null` asks nothing and keeps nothing. */
export function useAnswer<T>(key: () => string | null, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const answer = shallowRef<T | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  let going: AbortController | null = null;

  async function run(): Promise<void> {
    going?.abort();
    if (key() === null) {
      going = null;
      answer.value = null;
      error.value = null;
      loading.value = false;
      return;
    }
    const mine = (going = new AbortController());
    loading.value = true;
    try {
      const found = await ask(mine.signal);
      if (mine.signal.aborted) return;
      answer.value = found;
      error.value = null;
    } catch (reason) {
      if (mine.signal.aborted) return;
      error.value = ApiError.of(reason);
    } finally {
      if (!mine.signal.aborted) loading.value = false;
    }
  }
  watch(key, () => void run(), { immediate: true });
  onScopeDispose(() => going?.abort());
  return { answer, error, loading, reload: () => void run() };
}
