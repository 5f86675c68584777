/** A place to work in. To be released once; releasing it again does nothing. */
export type Release = () => void;

/**
 * So many photos are under way at once, of however many messages. Whoever pulls the next message
 * needs a place too, and gets it only when no photo of the messages at hand waits for one: a worker
 * holds as few messages as keep it busy, and leaves the others to other workers.
 */
export class Slots {
  #free: number;
  readonly #photos: ((release: Release) => void)[] = [];
  readonly #pulls: ((release: Release) => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** @throws the signal's reason, once it is aborted */
  take(purpose: 'photo' | 'pull', signal: AbortSignal): Promise<Release> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(this.#makeRelease());
    }
    const queue = purpose === 'photo' ? this.#photos : this.#pulls;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        queue.splice(queue.indexOf(take), 1);
        reject(signal.reason);
      };
      const take = (release: Release): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(release);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.push(take);
    });
  }

  #makeRelease(): Release {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#photos.shift() ?? this.#pulls.shift();
      if (next === undefined) this.#free += 1;
      else next(this.#makeRelease());
    };
  }
}
