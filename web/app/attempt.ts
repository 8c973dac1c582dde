// Asking the server for something that may be refused: whether it is under way, and what was wrong with it.
// Not for answers that may overtake each other: those count their rounds. An attempt never rejects.
import { computed, ref, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import { ApiError } from '@/api/problem';

export interface Attempts {
  /** What was wrong with the last attempt; `null` as soon as another begins. */
  readonly error: ShallowRef<ApiError | null>;
  readonly busy: ComputedRef<boolean>;
  /** Does the work; whether it succeeded. */
  attempt(work: () => Promise<unknown>): Promise<boolean>;
  /** Does again what failed last. */
  retry(): Promise<boolean>;
}

/** Attempts of one part of the screen. Two kinds that are busy apart may share the place of their `error`. */
export function useAttempts(error: ShallowRef<ApiError | null> = shallowRef(null)): Attempts {
  const underway = ref(0);
  let failed: () => Promise<unknown> = () => Promise.resolve();

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    underway.value += 1;
    error.value = null;
    try {
      await work();
      return true;
    } catch (reason) {
      error.value = ApiError.of(reason);
      failed = work;
      return false;
    } finally {
      underway.value -= 1;
    }
  }
  return { error, busy: computed(() => underway.value > 0), attempt, retry: () => attempt(failed) };
}
