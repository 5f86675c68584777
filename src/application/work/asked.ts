import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { NoteTimes } from './note-times.ts';

/** So long ago a worker may have asked for a type that is still asked for: some of its long polls. Milliseconds. */
const askedMs = 60_000;
/** Between two notes of the same type. */
const noteMs = 15_000;

/** Has the store know which types workers ask for, each of them now and then. */
export class AskedTypeNotes {
  readonly #deps: { readonly store: Pick<Store, 'askedTypes'>; readonly clock: Clock; readonly logger: Logger };
  readonly #kind: string;
  readonly #times = new NoteTimes(noteMs);

  constructor(
    deps: { readonly store: Pick<Store, 'askedTypes'>; readonly clock: Clock; readonly logger: Logger },
    kind: string,
  ) {
    this.#deps = deps;
    this.#kind = kind;
  }

  note(types: readonly string[]): void {
    const { store, clock, logger } = this.#deps;
    const now = clock.now();
    const due = types.filter((type) => this.#times.isDue(type, now));
    if (due.length === 0) return;
    for (const type of due) this.#times.noted(type, now);
    store.askedTypes.note(this.#kind, due, now).catch((error: unknown) => {
      for (const type of due) this.#times.forget(type);
      logger.debug('which types workers ask for is not noted', { error: String(error) });
    });
  }
}

/** By when a worker last asked. Times in the future, from a clock that was ahead, are ignored. */
export function isAskedFor(askedAt: number | undefined, now: number): boolean {
  return askedAt !== undefined && Math.abs(now - askedAt) <= askedMs;
}

/** A type that has ready jobs but that no worker has asked for. */
export interface UnaskedType {
  readonly kind: string;
  readonly type: string;
  /** How many are ready. */
  readonly waiting: number;
  /** When a worker last asked for it, as far as is remembered; milliseconds since 1970. Null: never. */
  readonly askedAt: number | null;
}

/** Only types without running jobs: a fully busy worker does not ask for work. */
export async function unaskedTypes(
  { work, askedTypes }: Pick<Store, 'work' | 'askedTypes'>,
  now: number,
): Promise<readonly UnaskedType[]> {
  const counts = await work.counts();
  const kinds = Map.groupBy(counts, ({ kind }) => kind);
  const unasked = [...kinds].map(async ([kind, ofKind]) => {
    const atWork = new Set(ofKind.filter(({ stage }) => stage === 'leased').map(({ type }) => type));
    const ready = ofKind.filter(({ type, stage, count }) => stage === 'ready' && count > 0 && !atWork.has(type));
    if (ready.length === 0) return [];
    const asked = await askedTypes.when(kind, ready.map(({ type }) => type));
    return ready
      .filter(({ type }) => !isAskedFor(asked.get(type), now))
      .map(({ type, count }) => ({ kind, type, waiting: count, askedAt: asked.get(type) ?? null }));
  });
  return (await Promise.all(unasked)).flat();
}
