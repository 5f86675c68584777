/** What is wrong with an input, by the path of the field: `concepts.wall.action`. */
export class Problems {
  readonly #fields = new Map<string, string>();

  get found(): boolean {
    return this.#fields.size > 0;
  }

  /** Keeps the first problem of a path, and no more than fit an answer. */
  add(path: string, message: string): void {
    if (this.#fields.size < maxProblems && !this.#fields.has(path)) this.#fields.set(path, message);
  }

  /** Safe for any path, `__proto__` too. */
  fields(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#fields);
  }
}

const maxProblems = 20;
const maxSegment = 100;

/** The path of a field inside another; what people may send as a name is cut to a readable length. */
export function pathOf(parent: string, name: string | number): string {
  const segment = typeof name === 'number' ? String(name) : shortened(name);
  return parent === '' ? segment : `${parent}.${segment}`;
}

function shortened(name: string): string {
  return (name.length > maxSegment ? `${name.slice(0, maxSegment)}…` : name).toWellFormed();
}
