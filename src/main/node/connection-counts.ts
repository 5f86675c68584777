import { networkOf } from '../../application/users/network.ts';

/** How many connections, or requests, each address has. Of IPv6 a network counts: its owner has 2^64 addresses. */
export class ConnectionCounts {
  /** 0: no limit. */
  readonly #most: number;
  readonly #byNetwork = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Null when it has as many as it may; else to be called once, when it is over. */
  take(address: string): (() => void) | null {
    const network = networkOf(address);
    const count = this.#byNetwork.get(network) ?? 0;
    if (this.#most > 0 && count >= this.#most) return null;
    this.#byNetwork.set(network, count + 1);
    return () => {
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#byNetwork.delete(network);
      else this.#byNetwork.set(network, left);
    };
  }
}
