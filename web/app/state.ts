// What all screens share: the data version, the scope, the plan shown, the selection, the map.
import { computed, reactive, shallowReactive } from 'vue';
import { ApiError, api, onDataChange, type Area, type Building, type Compound, type CoverageReport, type Meta, type Plan, type Region } from '../api/client';
import type { GridMap } from '../map/map';
import type { FillMode } from '../map/style';
import { i18n } from './i18n';

export interface Failure { text: string; details: string[] }

export const state = shallowReactive({
  meta: null as Meta | null,
  regions: [] as Region[],
  /** Region that figures and lists are about. */
  scope: '' as string,
  coverage: null as CoverageReport | null,
  plans: [] as Plan[],
  planId: null as string | null,
  areas: [] as Area[],
  areaId: null as string | null,
  building: null as Building | null,
  compound: null as Compound | null,
  mode: 'areas' as FillMode,
  failure: null as Failure | null,
  ready: false,
  map: null as GridMap | null,
  elder: localStorage.getItem('gridkeeper.elder') === '1',
});

export const ui = reactive({ say: '' });

export const plan = computed(() => state.plans.find((one) => one.id === state.planId) ?? null);
export const street = computed(() => {
  const code = state.scope.slice(0, 9);
  return state.meta?.streets.find((one) => one.code.startsWith(code)) ?? null;
});
export const communities = computed(() => state.regions.filter((one) => one.level === 'community' && one.code.startsWith(state.scope.slice(0, 9))));
export const isEmpty = computed(() => state.ready && state.regions.every((one) => one.compounds === 0 && one.buildings === 0));

/** A failure in the language of the page. */
export function words(error: unknown): Failure {
  if (error instanceof ApiError) {
    const zh = i18n.global.locale.value !== 'en';
    const rows = error.problems.map((problem) => (zh ? problem.zh : problem.en));
    return { text: zh ? error.zh : error.en, details: rows.length > 1 ? rows : error.details };
  }
  return { text: String(error), details: [] };
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    state.failure = null;
  } catch (error) {
    state.failure = words(error);
  }
}

export const start = (): Promise<void> => guarded(async () => {
  const [meta, regions] = await Promise.all([api.meta(), api.regions()]);
  state.meta = meta;
  state.regions = regions.items;
  const known = (code: string) => regions.items.some((one) => one.code === code);
  if (!known(state.scope)) state.scope = meta.streets[0]?.code ?? '';
  if (state.scope) await loadScope();
  state.ready = true;
});

/** Figures, plans and areas of the scope. */
export async function loadScope(): Promise<void> {
  const street = state.scope.slice(0, 9) + '000';
  const [coverage, plans] = await Promise.all([api.coverage(state.scope), api.plans(street)]);
  state.coverage = coverage;
  state.plans = plans.items;
  const wanted = plans.items.find((one) => one.id === state.planId) ?? plans.items.find((one) => one.state === 'in_force') ?? plans.items[0];
  state.planId = wanted?.id ?? null;
  await loadAreas();
}

export async function loadAreas(): Promise<void> {
  state.areas = state.planId ? (await api.areas(state.planId)).items : [];
  if (state.meta) state.map?.show(state.meta.data_version, state.planId);
}

export const setScope = (code: string): Promise<void> => guarded(async () => {
  state.scope = code;
  select(null);
  await loadScope();
  state.map?.fit(state.regions.find((one) => one.code === code)?.bounds);
});

export const setPlan = (id: string): Promise<void> => guarded(async () => {
  state.planId = id;
  select(null);
  await loadAreas();
});

export function setMode(mode: FillMode): void {
  state.mode = mode;
  state.map?.setMode(mode);
}

export type Selection = { kind: 'area'; id: string } | { kind: 'building'; id: string } | { kind: 'compound'; id: string } | null;

/** Selects a thing: the panel shows it, the map rings it. */
export async function select(what: Selection, move = false): Promise<void> {
  state.building = null;
  state.compound = null;
  state.areaId = null;
  state.map?.select(null);
  if (!what) return;
  await guarded(async () => {
    if (what.kind === 'area') {
      state.areaId = what.id;
      const area = state.areas.find((one) => one.id === what.id);
      if (move) state.map?.fit(area?.bounds);
      if (state.planId) {
        const detail = await fetch(`/api/v1/plans/${state.planId}/areas/${what.id}`).then((response) => response.json());
        if (state.areaId === what.id) state.map?.select(detail.outline);
      }
      if (area) ui.say = `${area.name}，${area.households}户`;
    } else if (what.kind === 'building') {
      state.building = await api.building(what.id);
      state.areaId = state.building.area?.id ?? null;
      ui.say = `${state.building.compound?.name ?? ''}${state.building.name}`;
    } else {
      state.compound = await api.compound(what.id);
      if (move && state.compound.centroid) state.map?.fly(state.compound.centroid, 15.5);
      ui.say = state.compound.name;
    }
  });
}

/** Keeps the page on the newest data version. */
export function keepFresh(): () => void {
  return onDataChange((version) => {
    if (state.meta && version !== state.meta.data_version) void start().then(() => state.meta && state.map?.show(state.meta.data_version, state.planId));
  });
}
