import { inTurn } from './in-turn.ts';

/** Steps of pages with what is large that are read at once. */
export const wholeTurns = 2;

/**
 * So many at a time, each in the order of asking and in a turn of the event loop of its own: who asks again stands
 * behind those who wait, and small requests go between.
 */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      if (this.#running >= this.#most) this.#waiting.push(begin);
      else {
        this.#running += 1;
        inTurn(begin);
      }
    });
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else inTurn(next);
    }
  }
}
