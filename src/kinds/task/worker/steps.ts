import { DoNotRetry } from './errors.ts';
import type { Held } from './held.ts';
import { assertName } from './names.ts';
import { storable } from './storable.ts';
import type { Suspension } from './suspension.ts';


/** The checkpoints of one attempt: what earlier attempts have done is not done again. */
export class Steps {
  readonly #held: Held;
  readonly #onNote: (held: Held) => void;
  readonly #suspension: Suspension;
  readonly #results: Map<string, Promise<unknown>>;

  constructor(held: Held, onNote: (held: Held) => void, suspension: Suspension) {
    this.#held = held;
    this.#suspension = suspension;
    this.#onNote = onNote;
    this.#results = new Map((held.task.steps ?? []).map(({ name, result }) => [name, Promise.resolve(result)]));
  }

  isDone(name: string): boolean {
    return this.#results.has(name);
  }

  async run(name: string, work: () => unknown): Promise<unknown> {
    assertName(name, 'a step');
    let result = this.#results.get(name);
    if (result === undefined) {
      result = this.#suspension.during(() => this.#do(name, work));
      this.#results.set(name, result);
      // What failed may be tried again, by this attempt or the next one.
      result.catch(() => this.#results.delete(name));
    }
    // What one place of the handler does with it is not seen by another.
    return structuredClone(await result);
  }

  async #do(name: string, work: () => unknown): Promise<unknown> {
    const held = this.#held;
    if (held.reason !== undefined) throw held.reason;
    const startedAt = performance.now();
    const result = await work();
    const tookMs = Math.round(performance.now() - startedAt);
    const kept = storable(result, `The result of step ${name}`, name);
    // The same step would give the same again.
    if (!kept.ok) throw new DoNotRetry(kept.why);
    if (held.isOver) throw held.reason ?? new Error(`The attempt was over before step ${name} was.`);
    const stored = held.notes.step(name, kept.value, kept.bytes, tookMs);
    this.#onNote(held);
    await stored;
    return kept.value;
  }
}
