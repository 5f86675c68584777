import type { Store } from '../../ports/store/store.ts';

/** A server's call of its store that waits to be let through. */
export interface Call {
  readonly server: string;
  /** "commit", "queue.pull". */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Calls the store behind the gate. */
  perform(): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Stands between servers and their store: every call waits here until the simulation lets it
 * through, so that the simulation alone decides in which order things happen.
 */
export class Gate {
  readonly waiting: Call[] = [];

  wrap(store: Store, server: string): Store {
    return this.#wrapped(store, server, '');
  }

  take(call: Call): void {
    this.waiting.splice(this.waiting.indexOf(call), 1);
  }

  /** The server is dead: its calls are never answered. */
  drop(server: string): void {
    for (const call of this.waiting.filter((one) => one.server === server)) this.take(call);
  }

  #wrapped<T extends object>(target: T, server: string, prefix: string): T {
    const known = new Map<string | symbol, unknown>();
    return new Proxy(target, {
      get: (object, key) => {
        const value: unknown = Reflect.get(object, key);
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
        const name = prefix + String(key);
        let wrapped = known.get(key);
        if (wrapped === undefined) {
          wrapped = typeof value === 'function'
            ? (...args: unknown[]) => this.#arrive(server, name, args, () => (value as Method).apply(object, args))
            : this.#wrapped(value, server, `${name}.`);
          known.set(key, wrapped);
        }
        return wrapped;
      },
    });
  }

  #arrive(server: string, name: string, args: unknown[], perform: () => Promise<unknown>): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.waiting.push({ server, name, args, perform, resolve, reject });
    return promise;
  }
}
