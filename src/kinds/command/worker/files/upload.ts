import { openAsBlob } from 'node:fs';
import { RequestError } from '../../../../http/request-error.ts';
import { request } from '../../../../http/request.ts';
import { retryUntilAnswered } from '../../../../http/retry.ts';
import { transferPauses, transferPatienceMs } from './transfer.ts';

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The longest time that a timer takes. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Takes as long as it progresses: a try fails when for `stallMs` nothing is taken of it, or it is not answered.
 *
 * @throws {RequestError} when it is not taken, what the file system says, and the signal's reason
 */
export async function upload(
  file: string,
  { url, headers }: Target,
  { stallMs, signal }: { readonly stallMs: number; readonly signal: AbortSignal },
): Promise<void> {
  await retryUntilAnswered(
    async () => {
      const stall = new Stall(Math.min(stallMs, maxTimerMs));
      try {
        // Anew for each try: it is read as it is sent.
        const body = await openAsBlob(file);
        watchReading(body, () => stall.progress());
        await request(
          fetch,
          url,
          { method: 'PUT', headers, body, signal: AbortSignal.any([signal, stall.signal]), timeLimitMs: maxTimerMs },
          async (response) => {
            await response.body?.cancel();
          },
        );
      } finally {
        stall.over();
      }
    },
    { ...transferPauses, signal, patienceMs: transferPatienceMs },
  );
}

/** Aborts its signal when there is no progress for a while. */
class Stall {
  readonly #controller = new AbortController();
  readonly #stallMs: number;
  #timer: NodeJS.Timeout;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
    this.#timer = this.#begin();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  progress(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#begin();
  }

  over(): void {
    clearTimeout(this.#timer);
  }

  #begin(): NodeJS.Timeout {
    return setTimeout(() => {
      const message = `made no progress for ${this.#stallMs / 1_000} s`;
      this.#controller.abort(new RequestError(message, { retryable: true, timedOut: true }));
    }, this.#stallMs);
  }
}

/** Progress of a body of known length cannot be observed directly, but it is read no faster than it is sent. */
function watchReading(body: Blob, onRead: () => void): void {
  const read = body.stream.bind(body);
  const stream = () =>
    read().pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (bytes, controller) => {
          onRead();
          controller.enqueue(bytes);
        },
      }),
    );
  Object.defineProperty(body, 'stream', { value: stream });
}
