import type { Readable, Writable } from 'node:stream';
import { clientGone, type RpcExchange } from './exchange.ts';

/** What is sent on a stream, no faster than the client reads. */
export class Sending {
  readonly #call: Writable;
  #room: Promise<void> | null = null;

  constructor(call: Writable) {
    this.#call = call;
  }

  /**
   * Resolves when there is room for more. `sent` is called when the bytes are no longer used.
   *
   * @throws {CallEnded} when nothing can be sent any more
   */
  send(bytes: Buffer, sent: () => void = () => {}): Promise<void> {
    const call = this.#call;
    if (!isOpen(call)) return Promise.reject(clientGone);
    return call.write(bytes, sent) ? atOnce : (this.#room ??= this.#drained());
  }

  #drained(): Promise<void> {
    const call = this.#call;
    return new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        for (const name of settled) call.off(name, settle);
        this.#room = null;
        if (isOpen(call)) resolve();
        else reject(clientGone);
      };
      for (const name of settled) call.on(name, settle);
    });
  }
}

const atOnce = Promise.resolve();
const settled = ['drain', 'cancelled', 'close', 'finish'] as const;

function isOpen(call: Writable): boolean {
  return call.writable && !(call as { readonly cancelled?: boolean }).cancelled;
}

/**
 * What comes on a stream, as fast as it is taken. Ends when the client has no more.
 *
 * @throws {CallEnded} once the call is over
 */
export async function* incoming(call: Readable, exchange: RpcExchange): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const woken = (): void => wake();
  const signal = exchange.signal();
  for (const name of heard) call.on(name, woken);
  signal.addEventListener('abort', woken);
  try {
    for (;;) {
      const bytes = exchange.ended === null ? (call.read() as Buffer | null) : null;
      if (bytes !== null) {
        yield bytes;
        continue;
      }
      if (exchange.ended !== null) throw exchange.ended;
      if (call.readableEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    for (const name of heard) call.off(name, woken);
    signal.removeEventListener('abort', woken);
  }
}

const heard = ['readable', 'end', 'close'] as const;
