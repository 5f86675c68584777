import { task } from '../../domain/kinds/task/kind.ts';
import type { JobReads } from '../../ports/store/store.ts';

/** Types of task in one installation, at most: counts and lists look at each of them. */
export const maxTypes = 1_000;

/** The types that tasks have, so that nobody invents them without end. */
export class KnownTypes {
  readonly #jobs: Pick<JobReads, 'counts'>;
  readonly #names = new Set<string>();

  constructor(jobs: Pick<JobReads, 'counts'>) {
    this.#jobs = jobs;
  }

  /** Whether a task may have the type: there are tasks of it, or not too many types. */
  async hasRoomFor(name: string): Promise<boolean> {
    if (this.#names.has(name)) return true;
    for (const { kind, type } of await this.#jobs.counts()) if (kind === task.name) this.#names.add(type);
    if (this.#names.size < maxTypes) this.#names.add(name);
    return this.#names.has(name);
  }

  /** Whether it was found to have room before. */
  has(name: string): boolean {
    return this.#names.has(name);
  }
}
