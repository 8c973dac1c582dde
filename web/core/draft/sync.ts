// Strokes to the server: one request at a time, about a second after the last stroke; what cannot be sent waits.
// Whatever others did in the meantime comes back with the answer. Nothing is ever dropped silently.
import type { Stroke } from './stroke';
import type { Choice, Workbench } from './workbench';

export interface Ack {
  readonly seq: number;
  readonly theirs: readonly { readonly stroke: Stroke; readonly by: string }[];
}

export interface Line {
  send(base: number, strokes: readonly Stroke[]): Promise<Ack>;
  after(seq: number): Promise<Ack>;
}

/** `refused`: the server will not take a stroke as it is (the plan moved on, a building is gone). */
export type SaveState = 'saved' | 'saving' | 'offline' | 'conflict' | 'refused';

/** Why a request failed. */
export type Failure = 'offline' | 'conflict' | 'refused';

export interface SyncView {
  state(state: SaveState, waiting: number, reason: unknown): void;
  theirs(by: readonly string[], strokes: number): void;
}

/** Quiet time before strokes are sent, milliseconds. */
export const QUIET_MS = 700;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];
const BATCH = 100;

export class Sync {
  state: SaveState = 'saved';
  private timer: ReturnType<typeof setTimeout> | null = null;
  private sending = false;
  private tries = 0;
  private ended = false;

  constructor(
    private readonly bench: Workbench,
    private readonly line: Line,
    private base: number,
    private readonly failureOf: (reason: unknown) => Failure,
    private readonly view: SyncView,
  ) {}

  get seq(): number {
    return this.base;
  }

  /** Something waits: send it when the hand rests. */
  soon(delay = QUIET_MS): void {
    if (this.ended || this.state === 'conflict' || this.state === 'refused') return;
    if (this.state === 'saved') this.become('saving');
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), delay);
  }

  /** Sends what waits, and gets what others did; true when everything is saved. */
  async flush(): Promise<boolean> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.sending || this.ended || this.state === 'conflict' || this.state === 'refused') return false;
    this.sending = true;
    try {
      while (this.bench.outbox.length > 0) {
        this.become('saving');
        const batch = this.bench.outbox.slice(0, BATCH);
        const ack = await this.line.send(this.base, batch);
        if (!this.took(ack, batch)) return false;
      }
      this.tries = 0;
      this.become('saved');
      return true;
    } catch (reason) {
      await this.failed(reason);
      return false;
    } finally {
      this.sending = false;
    }
  }

  /** Somebody else saved: fetch it, unless our own request brings it anyway. */
  async heard(seq: number): Promise<void> {
    if (seq <= this.base || this.sending || this.ended || this.state === 'conflict') return;
    if (this.bench.outbox.length > 0) return this.soon(0);
    this.sending = true;
    try {
      // Own strokes may be among them whose answer was lost: nothing may be left to send.
      if (this.took(await this.line.after(this.base), []) && this.bench.outbox.length === 0) this.become('saved');
    } catch (reason) {
      await this.failed(reason);
    } finally {
      this.sending = false;
      if (this.bench.outbox.length > 0) this.soon();
    }
  }

  /** Ends a conflict as the editor chose. */
  resolve(choice: Choice): void {
    if (this.state !== 'conflict') return;
    this.bench.resolve(choice);
    this.become('saving');
    void this.flush();
  }

  /** Strokes of a former page clash with what is stored. */
  clashed(): void {
    this.become('conflict');
  }

  /** Tries again after a refusal, on a sheet that was read anew. */
  retry(): void {
    this.state = 'saving';
    this.soon(0);
  }

  end(): void {
    this.ended = true;
    if (this.timer) clearTimeout(this.timer);
  }

  /** Takes in an answer: what others did, then what was sent; false when that clashes with strokes made meanwhile. */
  private took(ack: Ack, sent: readonly Stroke[]): boolean {
    const own = new Set(this.bench.outbox.map(({ id }) => id));
    const theirs = ack.theirs.filter(({ stroke }) => !own.has(stroke.id));
    this.base = ack.seq;
    if (theirs.length === 0) {
      const saved = [...ack.theirs.map(({ stroke }) => stroke), ...sent];
      if (saved.length > 0) this.bench.acknowledge(new Set(saved.map(({ id }) => id)));
      return true;
    }
    this.view.theirs([...new Set(theirs.map(({ by }) => by))], theirs.length);
    const known = new Set(ack.theirs.map(({ stroke }) => stroke.id));
    const log = [...ack.theirs.map(({ stroke }) => stroke), ...sent.filter(({ id }) => !known.has(id))];
    if (this.bench.rebase(log)) return true;
    this.become('conflict');
    return false;
  }

  private async failed(reason: unknown): Promise<void> {
    const why = this.failureOf(reason);
    if (why === 'refused') return this.become('refused', reason);
    if (why === 'offline') return this.wait(reason);
    try {
      if (this.took(await this.line.after(this.base), [])) this.timer = setTimeout(() => void this.flush(), 0);
    } catch {
      this.wait(reason);
    }
  }

  private wait(reason: unknown): void {
    this.become('offline', reason);
    const delay = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)] as number;
    this.tries += 1;
    if (!this.ended) this.timer = setTimeout(() => void this.flush(), delay);
  }

  private become(state: SaveState, reason: unknown = null): void {
    this.state = state;
    this.view.state(state, this.bench.outbox.length, reason);
  }
}
