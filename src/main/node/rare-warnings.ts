import type { Logger } from '../../ports/world.ts';

/** What clients that are turned away cause comes in floods. */
const everyMs = 60_000;

/** Each warning at most once a minute, with the fields of its first. */
export class RareWarnings {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #at = new Map<string, number>();

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger;
  }

  warn(message: string, fields: Readonly<Record<string, unknown>>): void {
    const now = performance.now();
    if (now - (this.#at.get(message) ?? Number.NEGATIVE_INFINITY) < everyMs) return;
    this.#at.set(message, now);
    this.#logger.warn(message, fields);
  }
}
