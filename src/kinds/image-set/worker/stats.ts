import type { PhotoOutcome } from './photo.ts';

/** Counts since the worker began. */
export interface ImageWorkerStats {
  /** Messages taken. Each is then acknowledged, given back, or lost to another worker. */
  readonly taken: number;
  readonly acknowledged: number;
  readonly givenBack: number;
  readonly lost: number;
  /** Photos whose result the server has from this worker. */
  readonly done: number;
  readonly failed: number;
  /** Photos that were begun and not reported: interrupted, or given back. */
  readonly unfinished: number;
  /** Photos under way now. */
  readonly busy: number;
}

const nothing: ImageWorkerStats = {
  taken: 0, acknowledged: 0, givenBack: 0, lost: 0, done: 0, failed: 0, unfinished: 0, busy: 0,
};

export class Tally {
  #stats = nothing;
  readonly #onChange: (stats: ImageWorkerStats) => void;

  constructor(onChange: (stats: ImageWorkerStats) => void) {
    this.#onChange = onChange;
  }

  get stats(): ImageWorkerStats {
    return this.#stats;
  }

  add(name: 'taken' | 'acknowledged' | 'givenBack' | 'lost'): void {
    this.#change({ [name]: this.#stats[name] + 1 });
  }

  begin(): void {
    this.#change({ busy: this.#stats.busy + 1 });
  }

  end(outcome: PhotoOutcome): void {
    const name = outcome.kind === 'reported' ? outcome.status : 'unfinished';
    this.#change({ busy: this.#stats.busy - 1, [name]: this.#stats[name] + 1 });
  }

  #change(part: Partial<ImageWorkerStats>): void {
    this.#stats = { ...this.#stats, ...part };
    this.#onChange(this.#stats);
  }
}
