import { isLimited } from '../../domain/job/work.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { WorkStore, WorkType } from '../../ports/store/work-store.ts';
import type { Clock } from '../../ports/world.ts';
import { KeptFresh } from '../kept-fresh.ts';

/** How long another server's change may go unseen. */
const freshMs = 2_000;

/** The settings of all types, read now and then: every submission asks for them. */
export class TypeSettings {
  /** By kind and name. */
  readonly #byKey: KeptFresh<ReadonlyMap<string, WorkType>>;

  constructor(work: Pick<WorkStore, 'types'>, clock: Clock) {
    const read = async () => new Map((await work.types()).map((type) => [workKey(type.kind, type.name), type]));
    this.#byKey = new KeptFresh(new Map(), read, { clock, freshMs });
  }

  /** Undefined: the type has no settings. At once, unless they are to be read again. */
  of(kind: string, name: string): WorkType | undefined | Promise<WorkType | undefined> {
    const reading = this.refresh();
    return reading === undefined ? this.#latest(kind, name) : reading.then(() => this.#latest(kind, name));
  }

  #latest(kind: string, name: string): WorkType | undefined {
    const { latest } = this.#byKey;
    return latest.size === 0 ? undefined : latest.get(workKey(kind, name));
  }

  /** Of a kind. */
  async all(kind: string): Promise<readonly WorkType[]> {
    await this.refresh();
    return [...this.#byKey.latest.values()].filter((type) => type.kind === kind);
  }

  /** Whether jobs of the type wait for slots, as last read. */
  isLimited(kind: string, name: string): boolean {
    const limits = this.#latest(kind, name)?.limits;
    return limits !== undefined && isLimited(limits);
  }

  /** Reads them again, unless that was done a moment ago. */
  refresh(): Promise<void> | undefined {
    return this.#byKey.refresh();
  }

  /** Has them read at the next question. */
  forget(): void {
    this.#byKey.forget();
  }
}
