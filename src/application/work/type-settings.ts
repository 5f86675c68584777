import { isLimited } from '../../domain/job/work.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { WorkStore, WorkType } from '../../ports/store/work-store.ts';
import type { Clock } from '../../ports/world.ts';

/** How long another server's change may go unseen. */
const freshMs = 2_000;

/** The settings of all types, read now and then: every submission asks for them. */
export class TypeSettings {
  readonly #work: Pick<WorkStore, 'types'>;
  readonly #clock: Clock;
  /** By kind and name. */
  #byKey: ReadonlyMap<string, WorkType> = new Map();
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(work: Pick<WorkStore, 'types'>, clock: Clock) {
    this.#work = work;
    this.#clock = clock;
  }

  /** Undefined: the type has no settings. */
  async of(kind: string, name: string): Promise<WorkType | undefined> {
    await this.refresh();
    return this.#byKey.get(workKey(kind, name));
  }

  /** Of a kind. */
  async all(kind: string): Promise<readonly WorkType[]> {
    await this.refresh();
    return [...this.#byKey.values()].filter((type) => type.kind === kind);
  }

  /** Whether jobs of the type wait for slots, as last read. */
  isLimited(kind: string, name: string): boolean {
    const limits = this.#byKey.get(workKey(kind, name))?.limits;
    return limits !== undefined && isLimited(limits);
  }

  /** Reads them again, unless that was done a moment ago. */
  refresh(): Promise<void> | undefined {
    if (this.#clock.now() - this.#readAt < freshMs && this.#clock.now() >= this.#readAt) return undefined;
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** Has them read at the next question. */
  forget(): void {
    this.#readAt = -Infinity;
  }

  async #read(): Promise<void> {
    const now = this.#clock.now();
    this.#byKey = new Map((await this.#work.types()).map((type) => [workKey(type.kind, type.name), type]));
    this.#readAt = now;
  }
}
