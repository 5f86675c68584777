import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../../client/index.ts';
import { isAway } from './away.ts';
import { clientFault } from './failure.ts';
import { followLive, type Topic } from './live.ts';

/** What a page shows of the server. What was loaded last stays while it is loaded again, and when that fails. */
export interface Loaded<T> {
  /** Undefined until it came for the first time. */
  readonly data: ReadonlySignal<T | undefined>;
  /** Of the latest try; null when it went well. */
  readonly failure: ReadonlySignal<ApiError | null>;
  readonly isLoading: ReadonlySignal<boolean>;
  /** Resolves when it was tried, and when what was loaded instead in the meantime was tried. */
  readonly reload: () => Promise<void>;
  /** Changes what is shown before the server has said so, or by what it has answered to something else. */
  change(to: (data: T) => T): void;
}

export interface LoadOptions {
  /** Loads again after such events, at most once in `throttleMs`. */
  readonly live?: Topic;
  /** Default 1,000. */
  readonly throttleMs?: number;
  /** Loads again after this time, while the page is visible. */
  readonly everyMs?: number;
}

/** Loads when the component is first shown, and anew when one of `keys` changes. */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  keys: readonly unknown[],
  { live, throttleMs = 1_000, everyMs }: LoadOptions = {},
): Loaded<T> {
  const loader = useMemo(() => new Loader(load), keys);
  useEffect(() => {
    void loader.reload();
    const soon = throttled(() => void loader.reload(), throttleMs);
    const unfollow = live === undefined ? null : followLive(live, { events: soon.call, missed: soon.call });
    const again = (): void => {
      if (!document.hidden && !isAway.peek()) void loader.reload();
    };
    const timer = everyMs === undefined ? null : setInterval(again, everyMs);
    const stopWaiting = reloadOnReturn(loader);
    return () => {
      loader.stop();
      soon.cancel();
      unfollow?.();
      stopWaiting();
      if (timer !== null) clearInterval(timer);
    };
  }, [loader, JSON.stringify(live), throttleMs, everyMs]);
  return loader;
}

/** What was refused while its user was away is loaded once they are back. Returns what ends it. */
export function reloadOnReturn(loaded: Pick<Loaded<unknown>, 'failure' | 'reload'>): () => void {
  return isAway.subscribe((away) => {
    if (!away && wasRefused(loaded.failure.peek())) void loaded.reload();
  });
}

/** For want of a login. */
export function wasRefused(failure: ApiError | null): boolean {
  return failure?.code === 'unauthenticated';
}

class Loader<T> implements Loaded<T> {
  readonly data = signal<T | undefined>(undefined);
  readonly failure = signal<ApiError | null>(null);
  readonly isLoading = signal(false);
  readonly #load: (signal: AbortSignal) => Promise<T>;
  #running: AbortController | null = null;
  #latest: Promise<void> = Promise.resolve();

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load;
  }

  readonly reload = (): Promise<void> => (this.#latest = this.#reload());

  async #reload(): Promise<void> {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    this.isLoading.value = true;
    try {
      const data = await this.#load(running.signal);
      if (running !== this.#running) return this.#instead();
      batch(() => {
        this.data.value = data;
        this.failure.value = null;
        this.isLoading.value = false;
      });
    } catch (thrown) {
      if (running !== this.#running) return this.#instead();
      batch(() => {
        this.failure.value = thrown instanceof ApiError ? thrown : clientFault(thrown);
        this.isLoading.value = false;
      });
    }
  }

  /** When what was begun instead was tried; at once when it was stopped. */
  #instead(): Promise<void> | undefined {
    return this.#running === null ? undefined : this.#latest;
  }

  change(to: (data: T) => T): void {
    const { value } = this.data;
    if (value !== undefined) this.data.value = to(value);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}

/** Calls at once, and then no sooner than `ms` after the last call; the last of several is never lost. */
export function throttled(act: () => void, ms: number): { call(): void; cancel(): void } {
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = (): void => {
    timer = undefined;
    last = performance.now();
    act();
  };
  return {
    call: () => {
      if (timer !== undefined) return;
      const wait = last + ms - performance.now();
      if (wait <= 0) run();
      else timer = setTimeout(run, wait);
    },
    cancel: () => clearTimeout(timer),
  };
}
