import { wordsOf } from '../../../worker/thrown.ts';

const nameLength = 100;

/** @param what it names: `a step` */
export function assertName(name: unknown, what: string): asserts name is string {
  if (typeof name === 'string' && name.trim() !== '' && name.length <= nameLength && !/[\r\n]/.test(name)) return;
  throw new TypeError(`${wordsOf(name)} is not a name of ${what}: use a line of 1 to ${nameLength} characters`);
}

/** Names for what is not named: `import`, `import 2`, `import 3`, in the order of the calls. */
export class DefaultNames {
  readonly #counts = new Map<string, number>();

  next(base: string): string {
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return count === 1 ? base : `${base} ${count}`;
  }
}
