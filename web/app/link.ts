// The address ↔ the stores: scope, plan, fill and selection are read from it and written to it, nowhere else.
import { computed, watch } from 'vue';
import { useRoute } from 'vue-router';
import type { FillMode } from '@/map/style';
import { setQuery } from './router';
import { useAccount } from './stores/account';
import { useSession } from './stores/session';
import { useUi, type Selection } from './stores/ui';
import { useWork } from './stores/work';

const MODES: readonly FillMode[] = ['areas', 'deviation', 'coverage', 'load', 'worst'];

export function parseSelection(text: unknown): Selection | null {
  if (typeof text !== 'string') return null;
  const [kind, id] = text.split(':');
  if ((kind === 'building' || kind === 'compound' || kind === 'area') && id && /^[\w-]+$/.test(id)) return { kind, id };
  return null;
}

export function useLink(): void {
  const route = useRoute();
  const session = useSession();
  const work = useWork();
  const ui = useUi();
  const account = useAccount();

  const scope = computed(() => {
    const asked = typeof route.query.scope === 'string' ? route.query.scope : '';
    if (session.byCode.has(asked)) return asked;
    const streets = session.scopes.filter((region) => region.level === 'street' && region.compounds + region.buildings > 0);
    return (streets[0] ?? session.scopes.find((region) => region.compounds + region.buildings > 0) ?? session.scopes[0])?.code ?? null;
  });
  /** The plan on the map; of two, the later one. */
  const wanted = computed(() => [route.params.plan, route.params.b].find((id): id is string => typeof id === 'string' && id !== '') ?? null);

  watch([scope, wanted, () => session.dataVersion], ([code, plan]) => {
    work.scope = code;
    work.wanted = plan;
    if (session.dataVersion >= 0) void work.refresh();
  }, { immediate: true });

  /** The maps of issues, of gaps and of visits have layers of their own; they are in the address under other names. */
  const ownLayers = (name: unknown): boolean => name === 'issues' || name === 'coverage' || name === 'patrol';
  /** Where today's worst problems are to be expected, the map waits for them instead of being drawn twice. */
  const worst = computed(() => ui.worstKnown ?? account.can('issue_figures', 'read'));
  /** What a page shows by itself. */
  const usual = (name: unknown): FillMode => (ownLayers(name) ? 'issues' : name === 'overview' && worst.value ? 'worst' : 'areas');
  watch(() => [route.query.fill, route.name, worst.value] as const, ([fill, name]) => {
    ui.fill = ownLayers(name) ? 'issues' : MODES.find((mode) => mode === fill && (mode !== 'worst' || name === 'overview')) ?? usual(name);
  }, { immediate: true });
  watch(() => ui.fill, (fill) => {
    setQuery({ fill: fill === usual(route.name) ? null : fill });
  });

  watch(() => route.query.sel, (text) => { ui.selection = parseSelection(text); }, { immediate: true });
  watch(() => ui.selection, (selection) => setQuery({ sel: selection ? `${selection.kind}:${selection.id}` : null }));
}
