import type { ServerResponse } from 'node:http';

/** Younger ones may simply be on their way. */
const minAgeMs = 1_000;

/** Answers that were given and that clients have not read yet: they are in memory, and there is a limit to that. */
export class UnreadAnswers {
  readonly #maxBytes: number;
  /** The oldest first. */
  readonly #waiting = new Map<ServerResponse, { readonly bytes: number; readonly since: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** An answer that was ended just now. */
  add(response: ServerResponse): void {
    const bytes = response.writableLength;
    if (bytes === 0 || response.writableFinished || response.closed || this.#waiting.has(response)) return;
    this.#waiting.set(response, { bytes, since: performance.now() });
    this.#bytes += bytes;
    const gone = (): void => {
      if (this.#waiting.delete(response)) this.#bytes -= bytes;
    };
    response.once('finish', gone).once('close', gone);
  }

  /** Whether there is memory for one more; cuts those that wait longest when there is none. How many it has cut. */
  makeRoom(): { readonly room: boolean; readonly cut: number } {
    let cut = 0;
    for (const [response, { bytes, since }] of this.#waiting) {
      if (this.#bytes <= this.#maxBytes || performance.now() - since < minAgeMs) break;
      this.#waiting.delete(response);
      this.#bytes -= bytes;
      response.destroy();
      cut += 1;
    }
    return { room: this.#bytes <= this.#maxBytes, cut };
  }
}
