/** A request's body, read under time limits. */

export class UploadStalled extends Error {}
/** The client went away, or broke the protocol, before its upload was whole. */
export class UploadBrokenOff extends Error {}

export interface UploadTimes {
  /** Longest silence between two chunks. */
  readonly idleMs: number;
  /** Longest upload. */
  readonly totalMs: number;
}

/**
 * Throws UploadStalled or UploadBrokenOff. A reader that stops early leaves the rest unread and
 * does not cancel: on Node that would close the connection before the refusal is sent.
 */
export async function* readUpload(body: ReadableStream<Uint8Array>, times: UploadTimes): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let stop: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_, reject) => (stop = reject));
  stopped.catch(() => {}); // It may be rejected while nobody waits.
  const idle = setTimeout(() => stop(new UploadStalled(`nothing came for ${times.idleMs} ms`)), times.idleMs);
  const total = setTimeout(() => stop(new UploadStalled(`it took longer than ${times.totalMs} ms`)), times.totalMs);
  const broken = (cause: unknown) => {
    throw new UploadBrokenOff('the upload was broken off', { cause });
  };
  try {
    for (;;) {
      const read = await Promise.race([reader.read().catch(broken), stopped]);
      idle.refresh();
      if (read.done) return;
      yield read.value;
    }
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
    reader.releaseLock();
  }
}
