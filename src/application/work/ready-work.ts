import { readWorkKey } from '../../ports/store/work-key.ts';
import { WakeUp } from '../wake-up.ts';

/** Beyond so many types it is not remembered when each was told of last: all count as told of then. */
const mostRemembered = 10_000;

/**
 * Wakes those of this process who wait for work of certain types, when some of it may have become ready: what others
 * submit wakes nobody else. Types go by the keys of work (`workKey`). Only a hint, as any `WakeUp`.
 */
export class ReadyWork {
  readonly #make: () => WakeUp;
  readonly #waiting = new Map<string, Set<WakeUp>>();
  readonly #kinds = new Map<string, WakeUp>();
  /** At which count each type was told of last, and at which all of them were. */
  readonly #told = new Map<string, number>();
  #allTold = 0;
  #count = 0;
  #closed = false;

  constructor(wakeUp: () => WakeUp) {
    this.#make = wakeUp;
  }

  /** Read it before looking for work, and hand it to `wait`: a notification in between is then not missed. */
  get count(): number {
    return this.#count;
  }

  /** Whether waiting should stop, because the process is shutting down. */
  get closed(): boolean {
    return this.#closed;
  }

  /** For whoever waits for work of any type of a kind. */
  ofKind(kind: string): WakeUp {
    const known = this.#kinds.get(kind) ?? this.#make();
    this.#kinds.set(kind, known);
    if (this.#closed) known.close();
    return known;
  }

  notify(keys: Iterable<string>): void {
    this.#count += 1;
    const kinds = new Set<string>();
    for (const key of keys) {
      this.#told.set(key, this.#count);
      this.#waiting.get(key)?.forEach((wakeUp) => wakeUp.notify());
      kinds.add(readWorkKey(key).kind);
    }
    for (const kind of kinds) this.#kinds.get(kind)?.notify();
    if (this.#told.size > mostRemembered) this.#forget();
  }

  /** Of whatever type. */
  notifyAll(): void {
    this.#count += 1;
    this.#forget();
    for (const waiting of this.#waiting.values()) for (const wakeUp of waiting) wakeUp.notify();
    for (const wakeUp of this.#kinds.values()) wakeUp.notify();
  }

  /** Whether any of the types was told of after that count. */
  wasTold(keys: readonly string[], since: number): boolean {
    return this.#allTold > since || keys.some((key) => (this.#told.get(key) ?? 0) > since);
  }

  /** Resolves when one of the types is told of (at once, if one was since `seen`), after `ms`, or at the signal. */
  async wait(
    keys: readonly string[],
    { ms, seen, signal }: { readonly ms: number; readonly seen: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    if (this.#closed || this.wasTold(keys, seen)) return;
    const wakeUp = this.#make();
    for (const key of keys) {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(wakeUp));
    }
    await wakeUp.wait(ms, wakeUp.count, signal);
    for (const key of keys) {
      const waiting = this.#waiting.get(key);
      if (waiting?.delete(wakeUp) && waiting.size === 0) this.#waiting.delete(key);
    }
  }

  /** Ends every wait, now and later. */
  close(): void {
    this.#closed = true;
    this.notifyAll();
    for (const wakeUp of this.#kinds.values()) wakeUp.close();
  }

  #forget(): void {
    this.#told.clear();
    this.#allTold = this.#count;
  }
}
