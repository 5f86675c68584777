import type { Refusal, Result } from '../../contract/errors.ts';

/** What there is a limit to. Limits are at once; 0: there is none. */
export interface PermitLimits {
  readonly perUser: number;
  readonly inAll: number;
  /** What one of them is, for people: "stream". */
  readonly what: string;
  readonly retryAfterSeconds: number;
}

/** They stay open, and each costs memory and looks into the store. */
export const streamPermits: PermitLimits = { what: 'stream', perUser: 100, inAll: 10_000, retryAfterSeconds: 5 };

/** Permits for what costs the server something for as long as it lasts. */
export class Permits {
  readonly #limits: PermitLimits;
  readonly #byUser = new Map<string, number>();
  #all = 0;

  constructor(limits: PermitLimits) {
    this.#limits = limits;
  }

  /** One more; the value gives it back, once, however often it is called. */
  take(userId: string): Result<() => void> {
    const { perUser, inAll, what } = this.#limits;
    const own = this.#byUser.get(userId) ?? 0;
    if (perUser > 0 && own >= perUser) {
      return this.#none('rate_limit', `You have ${own} ${what}s under way, which is the limit: let one end first.`);
    }
    if (inAll > 0 && this.#all >= inAll) {
      return this.#none('unavailable', `The server has as many ${what}s under way as it may: try again.`);
    }
    this.#byUser.set(userId, own + 1);
    this.#all += 1;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#all -= 1;
      const left = (this.#byUser.get(userId) ?? 1) - 1;
      if (left === 0) this.#byUser.delete(userId);
      else this.#byUser.set(userId, left);
    };
    return { ok: true, value: release };
  }

  #none(code: Refusal['code'], message: string): Result<never> {
    const details = { retryAfterSeconds: this.#limits.retryAfterSeconds };
    return { ok: false, refusal: { code, message, details, retryable: true } };
  }
}
