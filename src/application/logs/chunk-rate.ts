/**
 * Chunks of one job that are stored in a second, at most, and how many it may have saved up for a while of more. As
 * large as chunks may be, they are hundreds of thousands of lines.
 */
export const [perSecond, burst] = [200, 400];
/** Jobs that are remembered; those that were silent the longest go first. */
const remembered = 10_000;

/** Keeps one job from writing all of the time. By one server: each has its own. */
export class ChunkRate {
  readonly #now: () => number;
  readonly #jobs = new Map<string, { left: number; at: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** 0, or how long to wait. Milliseconds. */
  take(jobId: string): number {
    const now = this.#now();
    const { left, at } = this.#jobs.get(jobId) ?? { left: burst, at: now };
    const room = Math.min(burst, left + ((now - at) / 1000) * perSecond);
    this.#jobs.delete(jobId);
    this.#jobs.set(jobId, { left: Math.max(0, room >= 1 ? room - 1 : room), at: now });
    if (this.#jobs.size > remembered) this.#jobs.delete(this.#jobs.keys().next().value ?? '');
    return room >= 1 ? 0 : ((1 - room) / perSecond) * 1000;
  }
}
