import { InvariantViolation } from './errors.ts';
import type { AnyKind } from './job/kind.ts';

/** The kinds of job that a server has. */
export class Kinds implements Iterable<AnyKind> {
  readonly #byName = new Map<string, AnyKind>();

  /** Throws when two have one name, or a name has other characters than letters, digits, hyphens and underscores. */
  constructor(kinds: Iterable<AnyKind>) {
    for (const kind of kinds) {
      if (!/^[\w-]+$/.test(kind.name)) throw new InvariantViolation(`a kind is named ${JSON.stringify(kind.name)}`);
      if (this.#byName.has(kind.name)) throw new InvariantViolation(`two kinds are named ${kind.name}`);
      this.#byName.set(kind.name, kind);
    }
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** Undefined when there is none. */
  find(name: string): AnyKind | undefined {
    return this.#byName.get(name);
  }

  /** Throws when there is none: what is stored is of a kind that this server does not have. */
  of(name: string): AnyKind {
    const kind = this.#byName.get(name);
    if (kind === undefined) throw new InvariantViolation(`there is no kind ${JSON.stringify(name)}`);
    return kind;
  }

  [Symbol.iterator](): Iterator<AnyKind> {
    return this.#byName.values();
  }
}
