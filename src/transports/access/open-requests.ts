import type { Caller } from '../../application/caller.ts';
import type { Authenticate } from './authenticator.ts';

/** A look at each token that has a request open takes at most a fifth of the time, however many there are. */
const pauseMs = 1_000;
const idlePerBusy = 4;
const atOnce = 4;

/** A request that stays open, as long as what its caller came with is good. */
export interface OpenRequest {
  /** Aborted when the token is not good any longer, or not for the same user with the same roles. */
  readonly ended: AbortSignal;
  /** To be called when the request is over. */
  readonly close: () => void;
}

/** Ends requests that stay open when what their callers came with is not good any longer. */
export interface OpenRequestWatch {
  /** `header` is what `caller` was authenticated by. */
  open(header: string, caller: Caller): OpenRequest;
}

/**
 * Streams and long polls outlive a logout, the end of a key or of a user, unless somebody looks: whoever held the
 * token would go on hearing. About once a second, and once for each token: of what ends at another server the store
 * knows alone.
 */
export class OpenRequests implements OpenRequestWatch {
  readonly #authenticate: Authenticate;
  readonly #byToken = new Map<string, Set<Watched>>();
  #sweeping = false;

  constructor(authenticate: Authenticate) {
    this.#authenticate = authenticate;
  }

  open(header: string, caller: Caller): OpenRequest {
    const end = new AbortController();
    const watched = { end, caller };
    const beside = this.#byToken.get(header) ?? new Set();
    this.#byToken.set(header, beside.add(watched));
    if (!this.#sweeping) void this.#sweep();
    return {
      ended: end.signal,
      close: () => {
        beside.delete(watched);
        if (beside.size === 0 && this.#byToken.get(header) === beside) this.#byToken.delete(header);
      },
    };
  }

  async #sweep(): Promise<void> {
    this.#sweeping = true;
    for (let busyMs = 0; this.#byToken.size > 0; ) {
      await pause(Math.max(pauseMs, busyMs * idlePerBusy));
      const startedAt = performance.now();
      const tokens = this.#byToken.keys();
      await Promise.all(Array.from({ length: atOnce }, async () => {
        for (const header of tokens) await this.#look(header);
      }));
      busyMs = performance.now() - startedAt;
    }
    this.#sweeping = false;
  }

  async #look(header: string): Promise<void> {
    // While the store cannot be asked nothing is known to be over.
    const found = await this.#authenticate(header).catch(() => null);
    if (found === null) return;
    for (const { end, caller } of this.#byToken.get(header) ?? []) {
      if (!found.ok || !isSame(caller, found.caller)) end.abort();
    }
  }
}

interface Watched {
  readonly end: AbortController;
  readonly caller: Caller;
}

/** Who has other roles than before is another. */
export function isSame(one: Caller, other: Caller): boolean {
  return one.userId === other.userId && one.roles.join() === other.roles.join();
}

/** Does not keep a process from ending, where there are processes. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer: unknown = setTimeout(resolve, ms);
    (timer as { unref?: () => void }).unref?.();
  });
}
