// The draft on the map: what the store says is drawn, and what the pointer does goes to the tools.
import type { MultiPolygon } from 'geojson';
import { onBeforeUnmount, type Ref, shallowRef, watch } from 'vue';
import { api } from '@/api/client';
import { LOAD_CLASSES, classOf, deviationClasses } from '@/core/colours';
import type { Touched } from '@/core/draft/draft';
import { UNASSIGNED } from '@/core/redraw';
import type { CityMap } from '@/map/map';
import { DraftMap, type Mark } from '@/map/draft-map';
import { Pointer } from '@/map/pointer';
import { useUi } from '../stores/ui';
import { useWork } from '../stores/work';
import type { Actions } from './actions';
import { NO_SKETCH, type Sketch, makeHand } from './hand';
import { useRedraw } from './store';
import { useI18n } from 'vue-i18n';

/** Marks that one view bears. */
const MOST_MARKS = 4000;
/** The ground follows the roofs after this pause, milliseconds. */
const GROUND_MS = 150;

export function useDraftMap(city: Ref<CityMap | null>, actions: Actions, inspect: (unit: number) => void) {
  const { t, locale } = useI18n();
  const redraw = useRedraw();
  const work = useWork();
  const ui = useUi();
  const sketch = shallowRef<Sketch>(NO_SKETCH);
  let draft: DraftMap | null = null;
  let pointer: Pointer | null = null;
  const stale = new Set<number>();
  const places = new Map<number, readonly [number, number]>();
  let asking = 0;
  let groundTimer: ReturnType<typeof setTimeout> | null = null;
  let drawTimer = 0;

  const classes = () => deviationClasses(work.band, work.bad);
  const at = (unit: number): [number, number] => [redraw.sheet!.units.lon[unit] as number, redraw.sheet!.units.lat[unit] as number];

  function colourOf(unit: number): number {
    const on = redraw.bench!;
    const core = on.draft.redraw;
    const area = redraw.flash ? (core.baseline[unit] as number) : (core.areaOf[unit] as number);
    if (area === UNASSIGNED) return -1;
    if (redraw.flash || ui.fill === 'areas') return on.colours[area] ?? (area % 6);
    if (ui.fill === 'load') return classOf(LOAD_CLASSES, redraw.rowOf(on, area).load);
    return classOf(classes(), core.area(area)?.deviationBp ?? 0);
  }

  function touched({ areas, units }: Touched): void {
    const core = redraw.bench!.draft.redraw;
    const dirty = new Set(units);
    // Areas that changed colour or class take all their roofs with them.
    for (const area of areas) {
      if (area === UNASSIGNED) continue;
      core.unitsOf(area).forEach((unit) => dirty.add(unit));
      stale.add(area);
      places.delete(area);
    }
    draft?.paint(dirty);
    soon();
  }

  /** Ground, tags and marks, when the hand is still. */
  function soon(): void {
    cancelAnimationFrame(drawTimer);
    drawTimer = requestAnimationFrame(() => { if (!pointer?.busy) still(); });
    if (groundTimer) clearTimeout(groundTimer);
    groundTimer = setTimeout(() => void ground(), GROUND_MS);
  }

  function still(): void {
    const on = redraw.bench;
    if (!on || !draft) return;
    draft.setFaces(redraw.rows.filter((row) => row.units > 0).map((row) => ({ u: row.id, a: row.label, z: row.colour, d: row.deviationBp, w: row.outOfBand, lo: row.load, locked: row.locked })));
    city.value?.setTags(redraw.rows.filter((row) => row.units > 0).map((row) => ({
      id: row.id, label: row.locked ? `${row.label}🔒` : row.label, colour: row.colour, households: row.households, deviationBp: row.deviationBp, outOfBand: row.outOfBand, at: [...place(row.area)] as [number, number],
    })), true);
    marks();
  }

  function marks(): void {
    const on = redraw.bench;
    if (!on || !draft) return;
    const { areaOf, baseline } = on.draft.redraw;
    const some = (test: (unit: number) => boolean): Mark[] => {
      const found: Mark[] = [];
      for (let unit = 0; unit < areaOf.length && found.length < MOST_MARKS; unit++) if (test(unit)) found.push({ at: at(unit) });
      return found;
    };
    const one = redraw.suggestion;
    draft.setMarks({
      selected: [...redraw.selection].slice(0, MOST_MARKS).map((unit) => ({ at: at(unit) })),
      changed: some((unit) => baseline[unit] !== UNASSIGNED && baseline[unit] !== areaOf[unit]),
      unassigned: some((unit) => areaOf[unit] === UNASSIGNED),
      cursor: redraw.cursor === null ? null : { at: at(redraw.cursor) },
      broken: redraw.findings.filter(({ kind }) => kind === 'disconnected').slice(0, 40).map((finding) => ({
        at: middle(finding.units), text: t('redraw.check.broken', { area: on.draft.label(finding.area), units: finding.units.length }),
      })),
      arrow: one && on.draft.redraw.unitsOf(one.to).length > 0 ? { from: middle(one.units), to: place(one.to) } : null,
    });
  }

  /** The unit nearest to the middle of some units. */
  function middle(units: readonly number[]): [number, number] {
    let [x, y] = [0, 0];
    for (const unit of units) {
      const [lon, lat] = at(unit);
      [x, y] = [x + lon / units.length, y + lat / units.length];
    }
    const off = (unit: number) => { const [lon, lat] = at(unit); return Math.abs(lon - x) + Math.abs(lat - y); };
    return at(units.reduce((best, unit) => (off(unit) < off(best) ? unit : best), units[0] as number));
  }

  /** Where an area's number stands: inside it, whatever its shape. */
  function place(area: number): readonly [number, number] {
    let found = places.get(area);
    if (!found) places.set(area, (found = middle(redraw.bench!.draft.redraw.unitsOf(area))));
    return found;
  }

  /** The question about the plan as it is here, in this page's numbers. */
  function ask(areas?: readonly number[]) {
    const on = redraw.bench!;
    return {
      areas_order: on.draft.areaIds, area_of: on.draft.redraw.areaOf, ...(areas ? { areas: [...areas] } : {}),
      locked_areas: on.draft.areas().filter((area) => on.draft.area(area)?.locked),
    };
  }

  async function ground(): Promise<void> {
    const plan = redraw.sheet?.plan_id;
    if (!plan || !redraw.bench || !draft || stale.size === 0 || pointer?.busy) return;
    const mine = ++asking;
    const areas = [...stale].filter((area) => redraw.bench!.draft.redraw.unitsOf(area).length > 0);
    stale.clear();
    try {
      const { items } = await api.outlines(plan, ask(areas));
      if (!redraw.bench || !draft) return;
      draft.setOutlines(items.map(({ area, outline }) => [redraw.bench!.draft.areaIds[area] as string, outline as unknown as MultiPolygon] as const));
    } catch {
      // Without a line the ground stays as it was; the roofs are right. The next stroke asks again.
      if (mine === asking) areas.forEach((area) => stale.add(area));
    }
  }

  function attach(): void {
    const on = redraw.bench;
    const map = city.value;
    if (!on || !map || draft) return;
    const { feature, is_compound: compound } = redraw.sheet!.units;
    draft = new DraftMap(map, feature, compound, colourOf, ui.fill, classes());
    const hand = makeHand(redraw, actions, {
      length: (pixels) => pointer!.length(pixels),
      sketch: (what) => { sketch.value = what; },
      hovered: (unit) => {
        ui.hover = unit === null ? null : t('redraw.unitAt', { name: actions.nameOf(unit), households: on.ground.households[unit] as number, area: actions.areaName(on.draft.redraw.areaOf[unit] as number) });
      },
      inspect,
    }, (what) => (what === '' ? '' : t(redraw.tool === 'erase' ? 'redraw.stroke.erase' : 'redraw.stroke.brush', { what })));
    pointer = new Pointer(map, hand);
    setDrawing();
    redraw.zoom = map.gl.getZoom();
    map.gl.on('zoom', zoomed);
    redraw.show({ touched });
    on.draft.areas().forEach((area) => stale.add(area));
    void map.ready.then(() => { still(); void ground(); });
    (window as { gkDraft?: unknown }).gkDraft = { drawn: (unit: number) => draft?.drawn(unit), bench: on };
    Object.assign(window, { gkAim: (area: number) => redraw.aim(area), gkGive: (unit: number, area: number) => actions.assign([unit], area) });
  }

  function zoomed(): void {
    redraw.zoom = city.value?.gl.getZoom() ?? redraw.zoom;
  }

  function detach(): void {
    redraw.show(null);
    city.value?.gl.off('zoom', zoomed);
    pointer?.remove();
    draft?.remove();
    pointer = null;
    draft = null;
    stale.clear();
    places.clear();
    sketch.value = NO_SKETCH;
    delete (window as { gkDraft?: unknown }).gkDraft;
  }

  function setDrawing(): void {
    // Tools that click leave dragging to the map.
    pointer?.setDrawing(['brush', 'erase', 'lasso', 'box'].includes(redraw.tool) && redraw.editable);
    if (city.value) city.value.gl.getCanvas().style.cursor = redraw.tool === 'pan' ? 'grab' : redraw.tool === 'brush' || redraw.tool === 'erase' ? 'none' : 'crosshair';
  }

  watch([city, () => redraw.bench], ([map, on], [mapBefore, before]) => {
    if ((before && on !== before) || (mapBefore && map !== mapBefore)) detach();
    attach();
  }, { immediate: true });
  watch(() => redraw.tool, () => { setDrawing(); sketch.value = NO_SKETCH; });
  watch(() => ui.fill, () => draft?.setMode(ui.fill, classes()));
  watch([() => redraw.tick, locale], soon);
  watch([() => redraw.selection, () => redraw.cursor, () => redraw.suggestion], () => { if (!pointer?.busy) marks(); });
  watch(() => redraw.flash, () => {
    const core = redraw.bench?.draft.redraw;
    if (core) draft?.paint(core.areaOf.flatMap((area, unit) => (area === core.baseline[unit] ? [] : [unit])));
  });
  onBeforeUnmount(detach);

  return {
    sketch, ask,
    cancel: () => pointer?.cancel(),
    busy: () => pointer?.busy ?? false,
    pan: (on: boolean) => { if (on) pointer?.setDrawing(false); else setDrawing(); },
    place, at,
  };
}
export type OnMap = ReturnType<typeof useDraftMap>;
