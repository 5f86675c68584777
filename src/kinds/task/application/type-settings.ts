import { isLimited, noWorkLimits } from '../../../domain/job/work.ts';
import type { WorkStore, WorkType } from '../../../ports/store/work-store.ts';
import type { Clock } from '../../../ports/world.ts';
import type { TaskDefaults, WorkTypeView } from './application.ts';

/** What holds for tasks of a type that nothing was said of. */
const standardDefaults: TaskDefaults = {
  maxAttempts: 3,
  backoff: { firstMs: 1_000, maxMs: 3_600_000 },
  timeoutMs: null,
};

/** How long another server's change may go unseen. */
const freshMs = 2_000;

/** The settings of all types, read now and then: every submission asks for them. */
export class TypeSettings {
  readonly #work: Pick<WorkStore, 'types'>;
  readonly #clock: Clock;
  #byName: ReadonlyMap<string, WorkType> = new Map();
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(work: Pick<WorkStore, 'types'>, clock: Clock) {
    this.#work = work;
    this.#clock = clock;
  }

  async of(name: string): Promise<WorkTypeView> {
    await this.refresh();
    return this.known(name);
  }

  async all(): Promise<readonly WorkTypeView[]> {
    await this.refresh();
    return [...this.#byName.keys()].map((name) => this.known(name));
  }

  /** As last read. */
  known(name: string): WorkTypeView {
    const type = this.#byName.get(name);
    if (type === undefined) return { name, limits: noWorkLimits, defaults: standardDefaults, updatedAt: null };
    return { ...type, defaults: { ...standardDefaults, ...(type.defaults as Partial<TaskDefaults>) } };
  }

  /** Whether tasks of the type wait for slots, as last read. */
  isLimited(name: string): boolean {
    const limits = this.#byName.get(name)?.limits;
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
    this.#byName = new Map((await this.#work.types()).map((type) => [type.name, type]));
    this.#readAt = now;
  }
}
