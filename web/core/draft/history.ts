// Steps that can be taken back, newest last. The oldest are forgotten first, so that a long day needs no more memory
// than a morning.
import type { Stroke } from './stroke';

/** Steps that are kept. */
export const KEPT_STEPS = 600;

export class History {
  constructor(
    private readonly done: Stroke[] = [],
    private readonly undone: Stroke[] = [],
  ) {}

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  get length(): number {
    return this.done.length;
  }

  push(stroke: Stroke): void {
    this.done.push(stroke);
    this.undone.length = 0;
    if (this.done.length > KEPT_STEPS) this.done.shift();
  }

  /** The step to take back. */
  back(): Stroke | null {
    const stroke = this.done.pop();
    if (stroke) this.undone.push(stroke);
    return stroke ?? null;
  }

  /** The step to do again. */
  forth(): Stroke | null {
    const stroke = this.undone.pop();
    if (stroke) this.done.push(stroke);
    return stroke ?? null;
  }

  all(): { done: readonly Stroke[]; undone: readonly Stroke[] } {
    return { done: this.done, undone: this.undone };
  }
}
