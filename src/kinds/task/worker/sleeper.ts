import { pause } from '../../../http/pause.ts';
import type { Held } from './held.ts';
import { assertName, DefaultNames } from './names.ts';
import type { Steps } from './steps.ts';
import type { Suspension } from './suspension.ts';

/** Shorter than that, a handler simply waits: to begin again costs more. */
const shortMs = 1_000;
const mostMs = 366 * 86_400_000;

/** The sleeps of one attempt. When each is over is kept as a step, so that an attempt that goes on knows. */
export class Sleeper {
  readonly #held: Held;
  readonly #suspension: Suspension;
  readonly #steps: Steps;
  readonly #names = new DefaultNames();

  constructor(held: Held, suspension: Suspension, steps: Steps) {
    this.#held = held;
    this.#suspension = suspension;
    this.#steps = steps;
  }

  async sleep(until: number | Date, options: { readonly name?: string } = {}): Promise<void> {
    const ms = until instanceof Date ? until.getTime() - Date.now() : until;
    if (typeof ms !== 'number' || Number.isNaN(ms) || ms > mostMs || (ms < 0 && !(until instanceof Date))) {
      throw new TypeError('ctx.sleep takes milliseconds, or a Date, up to 366 days ahead');
    }
    const name = options.name ?? this.#names.next('sleep');
    assertName(name, 'a sleep');
    if (this.#held.reason !== undefined) throw this.#held.reason;
    if (ms <= shortMs && !this.#steps.isDone(name)) return pause(Math.max(0, ms), this.#held.signal);
    const over = await this.#steps.run(name, () => new Date(Date.now() + ms).toISOString());
    const left = Date.parse(String(over)) - Date.now();
    if (left > shortMs) return this.#suspension.untilTime(Date.now() + left);
    if (left > 0) await pause(left, this.#held.signal);
  }
}
