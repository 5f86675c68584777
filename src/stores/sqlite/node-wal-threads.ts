import { Worker } from 'node:worker_threads';
import type { WalOutcome, WalStep } from './node-wal-thread.ts';

/**
 * A thread that waits for the disk. One of its own and not libuv's pool, whose four threads may all
 * be busy with pictures and files for a second.
 */
export class WalThread {
  readonly #worker: Worker;
  #current: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  #failure: Error | null = null;

  constructor(path: string) {
    // As built it is JavaScript, in a checkout TypeScript.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./node-wal-thread.${extension}`, import.meta.url), { workerData: { path } });
    this.#worker.unref();
    this.#worker.on('message', ({ error }: WalOutcome) => this.#end(error === null ? null : new Error(error)));
    this.#worker.on('error', (error) => this.#die(error as Error));
    this.#worker.on('exit', (code) => this.#die(new Error(`the thread for the write-ahead log ended with ${code}`)));
  }

  /** One step at a time. */
  run(step: WalStep): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#current = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(step);
    });
  }

  /** Nothing may be under way. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(error: Error | null): void {
    const current = this.#current;
    this.#current = null;
    this.#worker.unref();
    if (error === null) current?.resolve();
    else current?.reject(error);
  }

  #die(error: Error): void {
    this.#failure ??= error;
    this.#end(this.#failure);
  }
}
