// The figures of the scope on the screen: coverage, plans, the plan shown and its areas.
// Invariant: all of them are of one data version; a mixture is read again, never shown.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ApiError, api, type CoverageReport, type PatrolArea, type Plan, type PlanDetail } from '@/api/client';
import { useAccount } from './account';
import { useSession } from './session';

export const useWork = defineStore('work', () => {
  const session = useSession();
  const account = useAccount();
  const scope = ref<string | null>(null);
  /** The plan asked for in the address; `null` = the plan in force. */
  const wanted = ref<string | null>(null);
  const coverage = shallowRef<CoverageReport | null>(null);
  const plans = shallowRef<Plan[]>([]);
  const plan = shallowRef<Plan | null>(null);
  const detail = shallowRef<PlanDetail | null>(null);
  const areas = shallowRef<PatrolArea[]>([]);
  const error = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  /** The data version of everything here; −1 before the first answer. */
  const version = ref(-1);
  /** Version of the tiles that belong to these figures. */
  const tiles = ref('');

  const region = computed(() => session.byCode.get(scope.value ?? '') ?? null);
  /** The street of the scope: plans belong to streets. */
  const street = computed(() => {
    const here = region.value;
    if (!here) return null;
    return here.level === 'community' ? (session.byCode.get(here.parent ?? '') ?? null) : here;
  });
  /** Areas inside the scope, worst first; heavy ones keep their place but are never out of band. */
  const shownAreas = computed(() => {
    const here = region.value;
    return here?.level === 'community' ? areas.value.filter((area) => area.community === here.code) : areas.value;
  });
  const band = computed(() => Number((plan.value?.settings as { band_bp?: number } | undefined)?.band_bp ?? session.meta?.settings.band_bp ?? 1500));
  /** What the plan on the screen weighs: its deviations are of this. */
  const weighBy = computed<'households' | 'visits'>(() => ((plan.value?.settings as { weigh_by?: string } | undefined)?.weigh_by === 'visits' ? 'visits' : 'households'));
  const bad = computed(() => session.meta?.settings.bad_bp ?? 3000);

  function pick(list: Plan[]): Plan | null {
    return list.find((each) => each.id === wanted.value) ?? list.find((each) => each.state === 'in_force') ?? list[0] ?? null;
  }

  let round = 0;
  async function refresh(): Promise<void> {
    const mine = ++round;
    const code = scope.value;
    if (!code) {
      coverage.value = null;
      plans.value = [];
      plan.value = null;
      detail.value = null;
      areas.value = [];
      version.value = session.dataVersion;
      tiles.value = session.meta?.tile_version ?? '';
      return;
    }
    loading.value = true;
    try {
      for (let tries = 0; tries < 4; tries += 1) {
        const [figures, list] = await Promise.all([account.can('quota_policy', 'read') ? api.coverage(code) : null, api.plans(street.value?.code ?? code)]);
        const shown = pick(list.items);
        const [page, why] = shown ? await Promise.all([api.areas(shown.id), api.plan(shown.id)]) : [null, null];
        if (mine !== round) return;
        const versions = new Set([figures?.data_version ?? list.data_version, list.data_version, page?.data_version ?? list.data_version]);
        if (versions.size > 1) continue;
        if (!versions.has(session.dataVersion)) {
          await session.load();
          if (mine !== round) return;
          if (!versions.has(session.dataVersion)) continue;
        }
        coverage.value = figures;
        plans.value = list.items;
        plan.value = shown;
        detail.value = why;
        areas.value = page?.items ?? [];
        version.value = list.data_version;
        tiles.value = session.meta?.tile_version ?? '';
        error.value = null;
        return;
      }
    } catch (reason) {
      if (mine !== round) return;
      error.value = ApiError.of(reason);
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  return { scope, wanted, coverage, plans, plan, detail, areas, shownAreas, region, street, band, weighBy, bad, error, loading, version, tiles, refresh };
});
