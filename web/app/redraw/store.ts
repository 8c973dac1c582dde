// A plan on the workbench: opened, edited, saved. Everything on the screen of redrawing reads from here.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef } from 'vue';
import { API, ApiError, api, type RedrawSheet } from '@/api/client';
import type { Touched } from '@/core/draft/draft';
import { type CheckKind, DEFAULT_SEVERITIES, type Finding, type Severities } from '@/core/draft/findings';
import { BrowserMemory, forgetful } from '@/core/draft/memory';
import type { Stroke } from '@/core/draft/stroke';
import { type Ack, type Line, type SaveState, Sync } from '@/core/draft/sync';
import { type Choice, Workbench } from '@/core/draft/workbench';
import { NOBODY } from '@/core/colours';
import { type Suggestion, UNASSIGNED } from '@/core/redraw';
import { startOf } from './sheet';

export type Tool = 'select' | 'brush' | 'erase' | 'lasso' | 'box' | 'split' | 'fill' | 'inspect' | 'pan';
export type Level = 'auto' | 'compound' | 'building' | 'grid';
/** A target that is made by the first unit given to it. */
export const NEW_AREA = -2;
/** From this zoom on the unit is the building, below it the compound. */
export const BUILDING_ZOOM = 15.5;

/** A row of the list of areas. */
export interface Row {
  readonly id: string;
  readonly area: number;
  readonly number: number;
  readonly label: string;
  readonly name: string;
  readonly colour: number;
  readonly households: number;
  /** Visits a month that its households ask for. */
  readonly visits: number;
  readonly units: number;
  readonly deviationBp: number;
  readonly outOfBand: boolean;
  readonly pieces: number;
  readonly heavy: boolean;
  readonly locked: boolean;
  readonly seats: number;
  readonly keepers: readonly string[];
  /** Households per pair of keepers in post; `NOBODY` where there is none. */
  readonly load: number;
}

export interface SaveView {
  readonly state: SaveState;
  readonly waiting: number;
  readonly at: Date | null;
  readonly reason: ApiError | null;
}

/** Receives what changed: the map. */
export interface Picture {
  touched(what: Touched): void;
}

/** What was written after the last answer can be among the newest strokes. */
const LOOK_BACK = 400;

const tab = crypto.randomUUID();

function line(plan: string): Line {
  const ack = (seq: number, items: readonly { stroke: unknown; by: string }[]): Ack => ({ seq, theirs: items.map(({ stroke, by }) => ({ stroke: stroke as Stroke, by })) });
  return {
    send: async (base, strokes) => {
      const answer = await api.saveEdits(plan, { base_seq: base, client: tab, strokes: strokes as never });
      return ack(answer.seq, answer.theirs);
    },
    after: async (seq) => {
      const items = [];
      for (let after = seq; ; ) {
        const page = await api.edits(plan, after);
        items.push(...page.items);
        const last = page.items.at(-1);
        if (!last || last.seq >= page.seq) return ack(page.seq, items);
        after = last.seq;
      }
    },
  };
}

function failureOf(reason: unknown): 'offline' | 'conflict' | 'refused' {
  if (!(reason instanceof ApiError)) return 'refused';
  if (reason.status === 0 || reason.status >= 500) return 'offline';
  return ['edits_conflict', 'area_locked', 'area_not_empty', 'number_taken'].includes(reason.code) ? 'conflict' : 'refused';
}

export const useRedraw = defineStore('redraw', () => {
  const sheet = shallowRef<RedrawSheet | null>(null);
  const bench = shallowRef<Workbench | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  /** Counts changes of the draft; what depends on it reads it. */
  const tick = ref(0);
  const tool = ref<Tool>('brush');
  const level = ref<Level>('auto');
  const zoom = ref(15);
  const radius = ref(40);
  const target = ref(NEW_AREA);
  const former = ref(NEW_AREA);
  const selection = shallowRef<ReadonlySet<number>>(new Set());
  const cursor = ref<number | null>(null);
  const split = shallowRef<ReadonlySet<number>>(new Set());
  /** Deviations when the stroke began, for the ghosts of the list. */
  const ghosts = shallowRef<ReadonlyMap<number, number>>(new Map());
  const flash = ref(false);
  const save = shallowRef<SaveView>({ state: 'saved', waiting: 0, at: null, reason: null });
  const others = ref<{ by: string; strokes: number } | null>(null);
  const vanished = ref<string[]>([]);
  const kept = ref(true);
  const severities = shallowRef<Severities>(DEFAULT_SEVERITIES);
  const findingAt = ref(0);
  const suggestions = shallowRef<readonly Suggestion[]>([]);
  const suggestionAt = ref(0);
  /** What the stroke in hand, or the last step, did: for the status line. */
  const status = shallowRef<{ label: string; target: number; units: number; households: number; changed: number; areas: readonly { area: number; before: number; beforeBp: number }[] } | null>(null);

  let sync: Sync | null = null;
  let memory: BrowserMemory | null = null;
  let picture: Picture | null = null;
  let round = 0;
  let source: EventSource | null = null;

  /** Whether the plan weighs visits, not households. */
  const byVisits = computed(() => sheet.value?.rules.weigh_by === 'visits');
  const editable = computed(() => sheet.value?.editable ?? false);
  const effectiveLevel = computed<'compound' | 'building' | 'grid'>(() => (level.value === 'auto' ? (zoom.value < BUILDING_ZOOM ? 'compound' : 'building') : level.value));
  const totals = computed(() => (void tick.value, bench.value?.draft.redraw.totals() ?? null));
  const rows = computed<Row[]>(() => {
    void tick.value;
    const on = bench.value;
    return on ? on.draft.areas().map((area) => rowOf(on, area)) : [];
  });
  const findings = computed<Finding[]>(() => (void tick.value, bench.value?.findings.list(severities.value) ?? []));
  const counts = computed(() => bench.value?.findings.counts(findings.value) ?? new Map<CheckKind, number>());
  const blocking = computed(() => findings.value.filter(({ kind }) => severities.value[kind] === 'block').length);
  const suggestion = computed(() => suggestions.value[suggestionAt.value] ?? null);
  const canUndo = computed(() => (void tick.value, bench.value?.history.canUndo ?? false));
  const canRedo = computed(() => (void tick.value, bench.value?.history.canRedo ?? false));

  /** Visits a month that units ask for. */
  function visitsOf(units: readonly number[]): number {
    const visits = sheet.value?.units.visits ?? [];
    return units.reduce((sum, unit) => sum + (visits[unit] ?? 0), 0);
  }

  function rowOf(on: Workbench, area: number): Row {
    const state = on.draft.redraw.area(area)!;
    const fields = on.draft.area(area)!;
    const keepers = on.draft.keepersOf(area).map(({ name }) => name);
    const { pair } = on.ground.rules;
    return {
      id: on.draft.areaIds[area] as string, area, number: fields.number, label: on.draft.label(area), name: fields.name, colour: on.colours[area] ?? -1,
      households: state.households, visits: byVisits.value ? state.load : visitsOf(on.draft.redraw.unitsOf(area)), units: state.units, deviationBp: state.deviationBp, outOfBand: state.outOfBand, pieces: state.pieces, heavy: state.heavy,
      locked: fields.locked, seats: state.seats, keepers, load: keepers.length === 0 ? NOBODY : Math.round((state.households * pair) / keepers.length),
    };
  }

  function touched(what: Touched): void {
    tick.value += 1;
    picture?.touched(what);
  }

  async function open(plan: string): Promise<void> {
    const mine = ++round;
    await close();
    loading.value = true;
    error.value = null;
    try {
      const [read, [kept_, remembered]] = await Promise.all([api.redraw(plan), BrowserMemory.of(plan).catch(() => [null, { done: [], undone: [], outbox: [] }] as const)]);
      if (mine !== round) return;
      memory = kept_;
      kept.value = kept_ !== null;
      const on = new Workbench(startOf(read), { lon: read.units.lon, lat: read.units.lat }, read.areas.map(({ colour }) => colour), remembered, memory ?? forgetful, { touched, stepped: () => { tick.value += 1; } });
      let outbox = remembered.outbox;
      if (outbox.length > 0) {
        const newest = await line(plan).after(Math.max(0, read.edit_seq - LOOK_BACK));
        const saved = new Set(newest.theirs.map(({ stroke }) => stroke.id));
        outbox = outbox.filter(({ id }) => !saved.has(id));
      }
      sheet.value = read;
      bench.value = on;
      sync = new Sync(on, line(plan), read.edit_seq, failureOf, {
        state: (state, waiting, reason) => { save.value = { state, waiting, at: state === 'saved' ? new Date() : save.value.at, reason: reason === null ? null : ApiError.of(reason) }; },
        theirs: (by, strokes) => { others.value = { by: by.join('、'), strokes }; },
      });
      const { clash, vanished: gone } = on.restore(outbox);
      vanished.value = gone;
      if (clash) sync.clashed();
      else if (on.outbox.length > 0) sync.soon(0);
      target.value = on.draft.areas()[0] ?? NEW_AREA;
      former.value = target.value;
      tick.value += 1;
      listen(plan);
      // Until they are there, checks weigh as by default; the server asks again when the plan is submitted.
      void api.checkRules(read.street).then(({ levels }) => { if (mine === round) severities.value = levels as Severities; }).catch(() => undefined);
    } catch (reason) {
      if (mine === round) error.value = ApiError.of(reason);
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  /** Other pages of the same plan: their strokes come as soon as they are stored. */
  function listen(plan: string): void {
    source?.close();
    source = new EventSource(`${API}/events`);
    source.addEventListener('edit', (event) => {
      const { plan_id: of, seq, client } = JSON.parse((event as MessageEvent<string>).data) as { plan_id: string; seq: number; client: string };
      if (of === plan && client !== tab) void sync?.heard(seq);
    });
    source.onopen = () => { if (sync && save.value.state === 'offline') sync.soon(0); };
  }

  async function close(): Promise<void> {
    source?.close();
    source = null;
    sync?.end();
    sync = null;
    await memory?.written();
    memory?.close();
    memory = null;
    sheet.value = null;
    bench.value = null;
    selection.value = new Set();
    split.value = new Set();
    cursor.value = null;
    suggestions.value = [];
    status.value = null;
    ghosts.value = new Map();
    save.value = { state: 'saved', waiting: 0, at: null, reason: null };
    others.value = null;
  }

  /** A step was made; it is on its way. */
  function stepped(): void {
    sync?.soon();
    ghosts.value = new Map();
    findingAt.value = 0;
  }

  async function flush(): Promise<boolean> {
    return (await sync?.flush()) ?? true;
  }

  /** Strokes that the server is known to hold. */
  function seq(): number {
    return sync?.seq ?? sheet.value?.edit_seq ?? 0;
  }

  function resolve(choice: Choice): void {
    sync?.resolve(choice);
  }

  function aim(area: number): void {
    if (area === target.value) return;
    former.value = target.value;
    target.value = area;
  }

  function select(units: Iterable<number>): void {
    selection.value = new Set(units);
  }

  /** Units that a unit stands for at the level in use. */
  function expand(units: Iterable<number>): number[] {
    const on = bench.value;
    if (!on) return [];
    if (effectiveLevel.value === 'building') return [...new Set(units)];
    const grids = sheet.value?.units.grid as readonly number[] | undefined;
    const found = new Set<number>();
    for (const unit of units) {
      const group = on.ground.group[unit] as number;
      const grid = effectiveLevel.value === 'grid' ? (grids?.[unit] ?? -1) : -1;
      if (grid >= 0) grids!.forEach((other, at) => { if (other === grid) found.add(at); });
      else if (effectiveLevel.value === 'compound' && group >= 0 && !split.value.has(group)) on.draft.redraw.unitsOfGroup(group).forEach((other) => found.add(other));
      else found.add(unit);
    }
    return [...found];
  }

  function show(on: Picture | null): void {
    picture = on;
  }

  return {
    sheet, bench, error, loading, tick, tool, level, zoom, radius, target, former, selection, cursor, split, ghosts, flash, save, others, vanished, kept, severities, findingAt,
    suggestions, suggestionAt, status, byVisits, editable, effectiveLevel, totals, rows, findings, counts, blocking, suggestion, canUndo, canRedo,
    open, close, stepped, flush, seq, resolve, aim, select, expand, show, touched, rowOf, retry: () => sync?.retry(), triggerSelection: () => triggerRef(selection), UNASSIGNED,
  };
});
