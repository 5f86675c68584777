import type { Clock } from '../../../ports/world.ts';

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** What is going to happen outside of the servers, by the simulation's clock. */
export class Agenda {
  readonly #clock: Clock;
  #tasks: readonly Task[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null when there is nothing. */
  get nextAt(): number | null {
    return this.#tasks[0]?.at ?? null;
  }

  after(ms: number, run: () => void): void {
    const at = this.#clock.now() + Math.ceil(ms);
    const index = this.#tasks.findIndex((task) => task.at > at);
    this.#tasks = this.#tasks.toSpliced(index === -1 ? this.#tasks.length : index, 0, { at, run });
  }

  runDue(): void {
    for (let [first] = this.#tasks; first !== undefined && first.at <= this.#clock.now(); [first] = this.#tasks) {
      this.#tasks = this.#tasks.slice(1);
      first.run();
    }
  }
}
