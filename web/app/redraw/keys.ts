// The keys of the workbench. Read by `code`, so that a layout or an input method changes nothing; while a word is being
// composed, or a field is focused, no key is a command and none is eaten.
import { onBeforeUnmount, onMounted } from 'vue';
import { useI18n } from 'vue-i18n';
import { UNASSIGNED } from '@/core/redraw';
import { isCommand, isComposing } from '@/core/keys';
import { metresAt } from '@/core/draft/pick';
import { useUi } from '../stores/ui';
import type { Actions } from './actions';
import { NEW_AREA, type Tool, useRedraw } from './store';

const TOOLS: Record<string, Tool> = { KeyV: 'select', KeyB: 'brush', KeyE: 'erase', KeyL: 'lasso', KeyR: 'box', KeyK: 'split', KeyF: 'fill', KeyI: 'inspect', KeyH: 'pan' };
const ARROWS: Record<string, readonly [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
/** Two digits typed within this time are one number, milliseconds. */
const DIGITS_MS = 700;
/** How far the cursor jumps where nobody can walk, metres. */
const REACH_M = 800;

export interface Deeds {
  /** Takes a running stroke back; false when there is none. */
  cancel(): boolean;
  pan(on: boolean): void;
  problem(by: number): void;
  unassigned(): void;
  fitTarget(): void;
  fitAll(): void;
  auto(): void;
  keys(): void;
  versions(): void;
  reveal(unit: number): void;
}

export function useKeys(actions: Actions, deeds: Deeds): void {
  const { t } = useI18n();
  const redraw = useRedraw();
  const ui = useUi();
  let digits = '';
  let digitsAt = 0;

  const areas = () => redraw.rows.map((row) => row).sort((a, b) => a.number - b.number);
  const open = () => document.querySelector('.el-overlay:not([style*="display: none"])') !== null;

  function aim(area: number): void {
    redraw.aim(area);
    ui.say(t('redraw.aim', { area: area === NEW_AREA ? t('redraw.newArea') : actions.figures(area) }));
  }

  function nextArea(by: number): void {
    const all = areas();
    if (all.length === 0) return;
    const at = all.findIndex(({ area }) => area === redraw.target);
    aim(all[(at + by + all.length) % all.length]!.area);
  }

  function digit(key: string): void {
    const now = performance.now();
    digits = now - digitsAt < DIGITS_MS ? digits + key : key;
    digitsAt = now;
    const found = areas().find(({ number }) => number === Number(digits));
    if (found) aim(found.area);
    else ui.say(digits);
  }

  function move(direction: readonly [number, number], more: boolean): void {
    const on = redraw.bench;
    if (!on) return;
    const from = redraw.cursor;
    const next = from === null
      ? (on.draft.redraw.unitsOf(Math.max(0, redraw.target))[0] ?? 0)
      : on.index.towards(from, direction, on.draft.redraw.neighbours(from), metresAt(redraw.sheet!.units.lat[from] as number, REACH_M));
    if (next === null) return ui.say(t('redraw.noNeighbour'));
    redraw.cursor = next;
    if (more) redraw.select([...redraw.selection, ...redraw.expand(from === null ? [next] : [from, next])]);
    deeds.reveal(next);
    const area = on.draft.redraw.areaOf[next] as number;
    ui.say(t('redraw.unitAt', { name: actions.nameOf(next), households: on.ground.households[next] as number, area: actions.areaName(area) }) + (more ? `，${t('redraw.selected', { n: redraw.selection.size })}` : ''));
  }

  /** Selection, else cursor. */
  function chosen(): number[] {
    if (redraw.selection.size > 0) return [...redraw.selection];
    return redraw.cursor === null ? [] : redraw.expand([redraw.cursor]);
  }

  function give(area: number): void {
    const units = chosen();
    if (units.length === 0) actions.accept();
    else if (actions.assign(units, area)) redraw.select([]);
  }

  function modified(event: KeyboardEvent): boolean {
    const undo = event.code === 'KeyZ' && !event.shiftKey;
    const redo = event.code === 'KeyY' || (event.code === 'KeyZ' && event.shiftKey);
    if (undo) actions.undo();
    else if (redo) actions.redo();
    else if (event.code === 'KeyS') deeds.versions();
    else return false;
    return true;
  }

  /** True when the key was ours. */
  function command(event: KeyboardEvent): boolean {
    const arrow = ARROWS[event.code];
    const target = event.target as HTMLElement;
    // Lists, buttons and tabs keep the keys they live by.
    const inWidget = target.closest?.('[role="listbox"], [role="tablist"], [role="toolbar"], input, select, summary') !== null;
    if (arrow) {
      if (inWidget) return false;
      move(arrow, event.shiftKey);
      return true;
    }
    if (event.code === 'Enter' || event.code === 'NumpadEnter') {
      if (target.closest?.('button, a, summary, [role="listbox"], [role="separator"]')) return false;
      give(redraw.target);
      return true;
    }
    if (/^(Digit|Numpad)\d$/.test(event.code) && !event.shiftKey) {
      const key = event.code.slice(-1);
      // 1, 2 and 3 by themselves choose the level; any number of two digits an area.
      const fresh = performance.now() - digitsAt >= DIGITS_MS;
      if (fresh && ['1', '2', '3'].includes(key)) {
        redraw.level = (['compound', 'building', 'grid'] as const)[Number(key) - 1]!;
        ui.say(t('redraw.levelNow', { level: t(`redraw.level.${redraw.level}`) }));
        digits = key;
        digitsAt = performance.now();
        return true;
      }
      digit(key);
      return true;
    }
    const tool = TOOLS[event.code];
    if (tool && !event.shiftKey) {
      redraw.tool = tool;
      ui.say(t(`redraw.toolHint.${tool}`));
      return true;
    }
    switch (event.code) {
      case 'Space': if (inWidget || target.tagName === 'BUTTON') return false; deeds.pan(true); return true;
      case 'BracketLeft': redraw.radius = Math.max(4, redraw.radius - 6); return true;
      case 'BracketRight': redraw.radius = Math.min(120, redraw.radius + 6); return true;
      case 'KeyX': aim(redraw.former); return true;
      case 'KeyQ':
        if (redraw.target < 0) return true;
        if (event.shiftKey) actions.lockOthers(redraw.target);
        else actions.lock(redraw.target, !redraw.bench!.draft.area(redraw.target)!.locked);
        return true;
      case 'KeyN': deeds.problem(event.shiftKey ? -1 : 1); return true;
      case 'KeyU': deeds.unassigned(); return true;
      case 'KeyZ': if (event.shiftKey) deeds.fitAll(); else deeds.fitTarget(); return true;
      case 'KeyM': ui.nextFill(); ui.say(t(`fill.${ui.fill}`)); return true;
      case 'KeyO': deeds.auto(); return true;
      case 'KeyD': redraw.flash = true; return true;
      case 'KeyA': aim(NEW_AREA); return true;
      case 'Period': if (redraw.suggestions.length > 0) redraw.suggestionAt = (redraw.suggestionAt + 1) % redraw.suggestions.length; return true;
      case 'Delete': case 'Backspace': if (chosen().length > 0) give(UNASSIGNED); return true;
      default: break;
    }
    if (event.key === '?' || event.key === '？') {
      deeds.keys();
      return true;
    }
    return false;
  }

  function down(event: KeyboardEvent): void {
    if (!redraw.bench || isComposing(event)) return;
    if (event.code === 'Escape') {
      if (open()) return;
      if (!deeds.cancel()) {
        if (redraw.selection.size > 0) redraw.select([]);
        else redraw.cursor = null;
      }
      return;
    }
    if (open()) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      const field = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
      if (!field && modified(event)) event.preventDefault();
      return;
    }
    if (event.code === 'Tab') {
      // Between areas only while the hand is on the map; elsewhere Tab goes on as everywhere.
      if (document.activeElement === document.body || (document.activeElement as HTMLElement).closest('.maplibregl-map')) {
        event.preventDefault();
        nextArea(event.shiftKey ? -1 : 1);
      }
      return;
    }
    if (isCommand(event) && command(event)) event.preventDefault();
  }

  function up(event: KeyboardEvent): void {
    if (event.code === 'KeyD') redraw.flash = false;
    if (event.code === 'Space') deeds.pan(false);
  }

  onMounted(() => {
    document.addEventListener('keydown', down);
    document.addEventListener('keyup', up);
  });
  onBeforeUnmount(() => {
    document.removeEventListener('keydown', down);
    document.removeEventListener('keyup', up);
    redraw.flash = false;
  });
}
