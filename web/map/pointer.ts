// The pointer over a draft: strokes with every point the device reported, worked off once per frame; a second finger or
// the middle button pans and takes the stroke back.
import { mercator, type XY } from '../core/draft/pick';
import type { CityMap } from './map';

export interface Spot {
  /** Pixels in the map. */
  readonly px: readonly [number, number];
  /** Web mercator, 0 to 1. */
  readonly at: XY;
}

export interface Held {
  readonly alt: boolean;
  readonly shift: boolean;
  readonly ctrl: boolean;
}

export interface Hand {
  /** A stroke may begin here; false leaves the pointer to the map. Only while drawing. */
  begin(spot: Spot, held: Held): boolean;
  /** Pressed and released in one place, without a stroke. */
  click(spot: Spot, held: Held): void;
  /** All points since the last frame. */
  draw(spots: readonly Spot[]): void;
  end(): void;
  cancel(): void;
  /** Where the pointer is, without a stroke; null outside. */
  hover(spot: Spot | null): void;
}

/** A press that moved less than this is a click, pixels. */
const CLICK_PX = 6;

export class Pointer {
  private readonly node: HTMLElement;
  private readonly ending = new AbortController();
  private stroke: number | null = null;
  private readonly fingers = new Set<number>();
  private waiting: PointerEvent[] = [];
  private over: PointerEvent | null = null;
  private frame = 0;
  private panFrom: readonly [number, number] | null = null;
  private drawing = true;
  private pressed: { spot: Spot; held: Held } | null = null;

  constructor(
    private readonly city: CityMap,
    private readonly hand: Hand,
  ) {
    this.node = city.gl.getCanvasContainer();
    const signal = this.ending.signal;
    const listen = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) => this.node.addEventListener(type, act, { signal, capture: true });
    listen('pointerdown', (event) => this.down(event));
    listen('pointermove', (event) => this.move(event));
    listen('pointerup', (event) => this.up(event));
    listen('pointercancel', (event) => this.lost(event));
    listen('pointerleave', () => { this.over = null; this.hand.hover(null); });
    listen('contextmenu', (event) => event.preventDefault());
    city.gl.boxZoom.disable();
    city.gl.doubleClickZoom.disable();
    this.setDrawing(true);
  }

  /** Whether the first finger draws, or moves the map. */
  setDrawing(on: boolean): void {
    this.drawing = on;
    if (!on && this.stroke !== null) this.cancel();
    this.city.gl.dragPan[on ? 'disable' : 'enable']();
    this.node.style.touchAction = 'none';
  }

  get busy(): boolean {
    return this.stroke !== null;
  }

  /** Takes the stroke back; the pointer may stay down. */
  cancel(): void {
    if (this.stroke === null) return;
    this.stroke = null;
    this.waiting = [];
    this.hand.cancel();
  }

  remove(): void {
    this.cancel();
    cancelAnimationFrame(this.frame);
    this.ending.abort();
    this.city.gl.dragPan.enable();
    this.city.gl.boxZoom.enable();
    this.city.gl.doubleClickZoom.enable();
  }

  /** Mercator length of some pixels in the present view. */
  length(pixels: number): number {
    return pixels / (512 * 2 ** this.city.gl.getZoom());
  }

  private spot(event: PointerEvent): Spot {
    const box = this.node.getBoundingClientRect();
    const px = [event.clientX - box.left, event.clientY - box.top] as const;
    const { lng, lat } = this.city.gl.unproject([px[0], px[1]]);
    return { px, at: mercator(lng, lat) };
  }

  private down(event: PointerEvent): void {
    this.fingers.add(event.pointerId);
    if (event.button === 1) {
      event.preventDefault();
      this.cancel();
      this.panFrom = [event.clientX, event.clientY];
      this.node.setPointerCapture(event.pointerId);
      return;
    }
    if (this.fingers.size > 1) {
      // Two fingers move the map.
      this.cancel();
      this.pressed = null;
      this.city.gl.dragPan.enable();
      return;
    }
    if (event.button !== 0) return;
    const held = { alt: event.altKey, shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey };
    const spot = this.spot(event);
    if (!this.drawing || !this.hand.begin(spot, held)) {
      this.pressed = { spot, held };
      return;
    }
    this.stroke = event.pointerId;
    this.node.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    if (this.panFrom) {
      this.city.gl.panBy([this.panFrom[0] - event.clientX, this.panFrom[1] - event.clientY], { duration: 0 });
      this.panFrom = [event.clientX, event.clientY];
      return;
    }
    this.over = event;
    if (this.stroke === event.pointerId) {
      const all = event.getCoalescedEvents?.() ?? [];
      this.waiting.push(...(all.length > 0 ? all : [event]));
    }
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.work());
  }

  private work(): void {
    this.frame = 0;
    if (this.stroke !== null && this.waiting.length > 0) {
      const spots = this.waiting.map((event) => this.spot(event));
      this.waiting = [];
      this.hand.draw(spots);
    }
    if (this.over) this.hand.hover(this.spot(this.over));
  }

  private up(event: PointerEvent): void {
    this.release(event);
    const { pressed } = this;
    this.pressed = null;
    if (pressed && this.stroke === null) {
      const { px } = this.spot(event);
      if (Math.hypot(px[0] - pressed.spot.px[0], px[1] - pressed.spot.px[1]) < CLICK_PX) this.hand.click(pressed.spot, pressed.held);
    }
    if (this.stroke !== event.pointerId) return;
    cancelAnimationFrame(this.frame);
    this.work();
    this.stroke = null;
    this.hand.end();
  }

  private lost(event: PointerEvent): void {
    this.release(event);
    if (this.stroke === event.pointerId) this.cancel();
  }

  private release(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.panFrom = null;
    if (this.fingers.size === 0 && this.drawing) this.city.gl.dragPan.disable();
  }
}
