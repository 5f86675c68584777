import type { Held } from '../../../kinds/task/worker/held.ts';
import type { Report } from '../../../kinds/task/worker/transport.ts';

const pauseMs = 200;
/** Of one message: so many reports, and about so many bytes. */
const maxReports = 100;
const maxBytes = 200_000;

/**
 * Sends what a handler says on its way to the process that reports it: a part at a time, and the next one only when the
 * last was taken over, so that a handler that says too much fills the memory of nobody.
 */
export class NoteSender {
  readonly #held: Held;
  readonly #send: (reports: readonly Report[]) => void;
  /** Set while a part is on its way, or while it is too early for another. */
  #taken: PromiseWithResolvers<void> | null = null;
  #isEnding = false;
  /** Ends the pause; null while there is none. */
  #hurry: (() => void) | null = null;
  #sending: Promise<void> | null = null;

  constructor(held: Held, send: (reports: readonly Report[]) => void) {
    this.#held = held;
    this.#send = send;
  }

  /** There is something to send. */
  wake(): void {
    if (this.#held.notes.isUrgent) this.#hurry?.();
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
  }

  /** The last part was taken over. */
  noted(): void {
    this.#taken?.resolve();
  }

  /** Resolves when everything was taken over. */
  async sendRest(): Promise<void> {
    this.#isEnding = true;
    await this.#sending;
    await this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const reports = this.#gather();
      if (reports.length === 0) return;
      this.#taken = Promise.withResolvers<void>();
      this.#send(reports);
      await this.#taken.promise;
      if (!this.#isEnding && !this.#held.notes.isUrgent) await this.#pause();
    }
  }

  /** Until it is time for more, or somebody waits for it to be sent. */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#hurry = null;
  }

  #gather(): readonly Report[] {
    const reports: Report[] = [];
    for (let bytes = 0; reports.length < maxReports && bytes < maxBytes; ) {
      const note = this.#held.notes.next(this.#held.leaseId);
      if (note === null) break;
      bytes += note.bytes;
      reports.push(note.report);
    }
    return reports;
  }
}
