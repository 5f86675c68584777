import { setImmediate } from 'node:timers/promises';
import type { RetryTime } from '../../src/http/retry.ts';

/** Time that goes on only while somebody waits: what takes minutes is over at once. */
export class TestTime implements RetryTime {
  /** Of each wait, in order. */
  readonly pauses: number[] = [];
  #now = Date.parse('2026-11-29T10:00:00Z');

  now = (): number => this.#now;

  advance(ms: number): void {
    this.#now += ms;
  }

  pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.pauses.push(ms);
    this.advance(ms);
    await setImmediate();
    signal?.throwIfAborted();
  };
}
