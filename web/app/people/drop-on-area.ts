// Somebody of the roster dragged onto an area of the map. What is under the pointer is outlined; what comes of it is the
// caller's. Invariant: the map's own selection is back when the drag ends.
import { onBeforeUnmount, watch, type Ref } from 'vue';
import type { CityMap } from '@/map/map';
import { useUi } from '../stores/ui';

/** `dragged` is who is being dragged; `dropped` is told the area, or `null` where there is none. */
export function useDropOnArea<T>(city: Ref<CityMap | null>, dragged: Ref<T | null>, dropped: (who: T, area: string | null) => void): void {
  const ui = useUi();
  let leave: () => void = () => undefined;
  watch(city, (map) => {
    leave();
    if (!map) return;
    const node = map.gl.getContainer();
    let under: string | null | undefined;
    const at = (event: DragEvent): string | null => {
      const { left, top } = node.getBoundingClientRect();
      return map.areaAt(event.clientX - left, event.clientY - top);
    };
    const over = (event: DragEvent) => {
      if (dragged.value === null) return;
      event.preventDefault();
      const area = at(event);
      if (area === under) return;
      under = area;
      map.select(area ? { kind: 'area', id: area } : null);
    };
    const drop = (event: DragEvent) => {
      const who = dragged.value;
      if (who === null) return;
      event.preventDefault();
      under = undefined;
      dropped(who, at(event));
    };
    node.addEventListener('dragover', over);
    node.addEventListener('drop', drop);
    leave = () => {
      node.removeEventListener('dragover', over);
      node.removeEventListener('drop', drop);
      leave = () => undefined;
    };
  }, { immediate: true });
  watch(dragged, (who) => { if (who === null) city.value?.select(ui.selection); });
  onBeforeUnmount(() => leave());
}
