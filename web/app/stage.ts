// The stage of the one map, as the frame hands it to its pages. Empty where no map is drawn.
import { type ComputedRef, type InjectionKey, type ShallowRef, computed, inject, provide } from 'vue';
import type { CityMap } from '@/map/map';
import type MapStage from './components/MapStage.vue';

type Stage = ShallowRef<InstanceType<typeof MapStage> | null>;
const KEY: InjectionKey<Stage> = Symbol('stage');

export function provideStage(stage: Stage): void {
  provide(KEY, stage);
}

export function useStage(): { stage: Stage; city: ComputedRef<CityMap | null> } {
  const stage = inject(KEY);
  if (!stage) throw new Error('useStage() outside the frame that provides the stage');
  return { stage, city: computed(() => stage.value?.city ?? null) };
}
