// How the page looks for this reader: fill mode, text size, panel width, selection, and the map's own state.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { FillMode } from '@/map/style';
import { useAccount } from './account';

export interface Selection { kind: 'building' | 'compound' | 'area'; id: string }

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch { /* a private window forgets */ }
}

export const useUi = defineStore('ui', () => {
  const account = useAccount();
  const fill = ref<FillMode>('areas');
  const elder = ref(remembered('gk.elder') === '1');
  const panelWidth = ref(Math.min(560, Math.max(320, Number(remembered('gk.panel')) || 380)));
  const sheet = ref<'low' | 'half' | 'full'>('half');
  const selection = shallowRef<Selection | null>(null);
  const spoken = ref('');
  const hover = ref<string | null>(null);
  /** What a click on the map is wanted for, instead of a selection. */
  const placing = shallowRef<{ name: string; done(lon: number, lat: number): void } | null>(null);
  const helpOpen = ref(false);
  /** A draft is on the map: its tools own the pointer, and the fills are those of areas. */
  const editing = ref(false);

  watch(elder, (on) => {
    document.documentElement.classList.toggle('elder', on);
    remember('gk.elder', on ? '1' : '0');
  }, { immediate: true });
  watch(panelWidth, (width) => remember('gk.panel', String(width)));

  /** What the legend counts while a draft is edited. */
  const draftAreas = shallowRef<readonly { deviationBp: number; outOfBand: boolean; load: number }[] | null>(null);
  /** Whether the page has today's worst problems to colour the areas by; `null` until it is told. */
  const worstKnown = ref<boolean | null>(null);
  const fills = computed<FillMode[]>(() => [...(worstKnown.value && !editing.value ? ['worst' as const] : []), 'areas', 'deviation', ...(editing.value ? ['load' as const] : account.can('quota_policy', 'read') ? ['coverage' as const] : [])]);
  function nextFill(): void {
    fill.value = fills.value[(fills.value.indexOf(fill.value) + 1) % fills.value.length]!;
  }

  /** Says something to a screen reader. */
  function say(text: string): void {
    spoken.value = '';
    requestAnimationFrame(() => { spoken.value = text; });
  }

  return { fill, elder, panelWidth, sheet, selection, spoken, hover, placing, helpOpen, editing, draftAreas, worstKnown, fills, nextFill, say };
});
