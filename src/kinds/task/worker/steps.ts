import { wordsOf } from '../../../worker/thrown.ts';
import { DoNotRetry } from './errors.ts';
import type { Held } from './held.ts';
import { storable } from './storable.ts';

const nameLength = 100;

/** The checkpoints of one attempt: what earlier attempts have done is not done again. */
export class Steps {
  readonly #held: Held;
  readonly #onNote: (held: Held) => void;
  readonly #results: Map<string, Promise<unknown>>;

  constructor(held: Held, onNote: (held: Held) => void) {
    this.#held = held;
    this.#onNote = onNote;
    this.#results = new Map((held.task.steps ?? []).map(({ name, result }) => [name, Promise.resolve(result)]));
  }

  async run(name: string, work: () => unknown): Promise<unknown> {
    if (typeof name !== 'string' || name.trim() === '' || name.length > nameLength || /[\r\n]/.test(name)) {
      throw new TypeError(`${wordsOf(name)} is not a name of a step: use a line of 1 to ${nameLength} characters`);
    }
    let result = this.#results.get(name);
    if (result === undefined) {
      result = this.#do(name, work);
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
    const kept = storable(await work(), `The result of step ${name}`, name);
    // The same step would give the same again.
    if (!kept.ok) throw new DoNotRetry(kept.why);
    if (held.isOver) throw held.reason ?? new Error(`The attempt was over before step ${name} was.`);
    const stored = held.notes.step(name, kept.value, kept.bytes);
    this.#onNote(held);
    await stored;
    return kept.value;
  }
}
