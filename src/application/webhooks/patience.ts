import type { DeliveryReceiver } from '../../ports/store/webhook-store.ts';

export const fullMs = 15_000;
const shortMs = 5_000;
/** Attempts in a row without an answer after which a receiver counts as silent. */
const silentAfter = 3;
/** How often a silent receiver is given the full patience: it may be slow, not dead. */
const probeEveryMs = 60_000;
/** Receivers that are remembered; the one that failed the longest ago goes first. */
const maxRemembered = 1_000;

interface Unanswered {
  readonly receiver: DeliveryReceiver;
  readonly count: number;
  readonly probedAt: number;
}

/**
 * How long this server waits for each receiver. One that has not responded several times gets a shorter timeout and (by
 * `silent`) fewer concurrent requests, until it responds. Failures are counted per owner, so that one owner cannot slow
 * down a host for others.
 */
export class Patience {
  readonly #unanswered = new Map<string, Unanswered>();

  /** For one attempt that begins now. */
  timeoutMs(receiver: DeliveryReceiver, now: number): number {
    const key = keyOf(receiver);
    const known = this.#unanswered.get(key);
    if (known === undefined || known.count < silentAfter) return fullMs;
    if (Math.abs(now - known.probedAt) < probeEveryMs) return shortMs;
    this.#unanswered.set(key, { ...known, probedAt: now });
    return fullMs;
  }

  attempted(receiver: DeliveryReceiver, isAnswered: boolean, now: number): void {
    const key = keyOf(receiver);
    const known = this.#unanswered.get(key) ?? { receiver, count: 0, probedAt: now };
    this.#unanswered.delete(key);
    if (isAnswered) return;
    const count = known.count + 1;
    this.#unanswered.set(key, { ...known, count, probedAt: count === silentAfter ? now : known.probedAt });
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size > maxRemembered && oldest !== undefined) this.#unanswered.delete(oldest);
  }

  silent(): readonly DeliveryReceiver[] {
    const all = [...this.#unanswered.values()];
    return all.filter(({ count }) => count >= silentAfter).map(({ receiver }) => receiver);
  }
}

function keyOf({ ownerId, host }: DeliveryReceiver): string {
  return `${host} ${ownerId}`;
}
