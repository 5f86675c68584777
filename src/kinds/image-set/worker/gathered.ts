import { pause } from '../../../http/pause.ts';
import { RequestError } from '../../../http/request-error.ts';
import { pauseAfter, type RetryPauses } from '../../../http/retry.ts';

/** Something to be said, and what it is answered; an error where it alone is refused. */
interface Entry<T> {
  readonly what: T;
  readonly signal: AbortSignal;
  readonly since: number;
  readonly said: PromiseWithResolvers<string>;
  isOver: boolean;
}

export interface GatheredOptions<T> extends RetryPauses {
  /** For each, from when it is ready. Milliseconds. */
  readonly patienceMs: number;
  /** As many as one request may have. */
  readonly most: number;
  /** One request; in the order of what is said. Rejects when all of it was not heard. */
  readonly say: (all: readonly T[], signal: AbortSignal) => Promise<readonly (string | RequestError)[]>;
  readonly onTrouble: (trouble: Error, tries: number) => void;
  /** Nothing is left to be said. */
  readonly onIdle: () => void;
}

/** Says things to one place in one request at a time: what becomes ready meanwhile goes together into the next one. */
export class Gathered<T> {
  readonly #options: GatheredOptions<T>;
  #waiting: readonly Entry<T>[] = [];
  #isSaying = false;

  constructor(options: GatheredOptions<T>) {
    this.#options = options;
  }

  /**
   * Says it until it is heard, and gives the answer.
   *
   * @throws {RequestError} when it is refused, or was not heard for as long as there is patience
   * @throws the signal's reason, as soon as it is aborted
   */
  async say(what: T, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const said = Promise.withResolvers<string>();
    const entry: Entry<T> = { what, signal, since: performance.now(), said, isOver: false };
    const abort = (): void => fail(entry, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting = [...this.#waiting, entry];
    if (!this.#isSaying) void this.#sayAll();
    try {
      return await said.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #sayAll(): Promise<void> {
    this.#isSaying = true;
    // What is ready in this turn of the event loop goes together.
    await new Promise<void>((resolve) => setTimeout(resolve));
    for (let tries = 0; ; ) {
      this.#waiting = this.#waiting.filter(({ isOver }) => !isOver);
      const some = this.#waiting.slice(0, this.#options.most);
      if (some.length === 0) {
        this.#isSaying = false;
        return this.#options.onIdle();
      }
      try {
        await this.#sayOnce(some);
        tries = 0;
      } catch (error) {
        tries += 1;
        await this.#bear(error, some, tries);
      }
    }
  }

  async #sayOnce(some: readonly Entry<T>[]): Promise<void> {
    const hangUp = new AbortController();
    // Nobody waits for the answer any more.
    const look = (): void => {
      if (some.every(({ isOver }) => isOver)) hangUp.abort(new Error('nobody waits for it'));
    };
    for (const { signal } of some) signal.addEventListener('abort', look);
    try {
      const answers = await this.#options.say(some.map(({ what }) => what), hangUp.signal);
      for (const [index, entry] of some.entries()) {
        const answer = answers[index]!;
        if (answer instanceof RequestError) fail(entry, answer);
        else end(entry, answer);
      }
    } finally {
      for (const { signal } of some) signal.removeEventListener('abort', look);
    }
  }

  /** Gives up what was tried for long enough, and waits for the next try. */
  async #bear(error: unknown, some: readonly Entry<T>[], tries: number): Promise<void> {
    const { patienceMs, onTrouble } = this.#options;
    const mayHelp = error instanceof RequestError && error.retryable;
    const pauseMs = pauseAfter(error, tries, this.#options);
    const then = performance.now() + pauseMs;
    for (const entry of some) if (!mayHelp || then >= entry.since + patienceMs) fail(entry, error);
    const left = some.filter(({ isOver }) => !isOver);
    if (left.length === 0) return;
    onTrouble(error as Error, tries);
    await pause(pauseMs, AbortSignal.any(left.map(({ signal }) => signal))).catch(() => {});
  }
}

function end<T>(entry: Entry<T>, answer: string): void {
  entry.isOver = true;
  entry.said.resolve(answer);
}

function fail<T>(entry: Entry<T>, reason: unknown): void {
  entry.isOver = true;
  entry.said.reject(reason);
}
