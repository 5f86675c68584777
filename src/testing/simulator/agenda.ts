import type { Clock } from '../../ports/world.ts';

interface Planned {
  readonly at: number;
  readonly run: () => void;
}

/** What is going to happen outside of the servers, by the simulation's clock. */
export class Agenda {
  readonly #clock: Clock;
  #planned: readonly Planned[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null when there is nothing. */
  get nextAt(): number | null {
    return this.#planned[0]?.at ?? null;
  }

  after(ms: number, run: () => void): void {
    const at = this.#clock.now() + Math.ceil(ms);
    const index = this.#planned.findIndex((one) => one.at > at);
    this.#planned = this.#planned.toSpliced(index === -1 ? this.#planned.length : index, 0, { at, run });
  }

  runDue(): void {
    for (let [first] = this.#planned; first !== undefined && first.at <= this.#clock.now(); [first] = this.#planned) {
      this.#planned = this.#planned.slice(1);
      first.run();
    }
  }
}
