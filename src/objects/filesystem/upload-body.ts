/** A request's body, read under time limits. */

export class UploadStalled extends Error {}
/** The client went away, or broke the protocol, before its upload was whole. */
export class UploadBrokenOff extends Error {}

export interface UploadTimes {
  /** Longest silence between two chunks. */
  readonly idleMs: number;
  /** Longest upload. */
  readonly totalMs: number;
  readonly speed: LeastSpeed;
}

/** What must have come in each stretch of time that was spent on waiting for it. */
export interface LeastSpeed {
  /** 0: any speed will do. */
  readonly bytesPerSecond: number;
  readonly overMs: number;
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
    let waited = 0;
    let bytes = 0;
    for (;;) {
      const asked = performance.now();
      const read = await Promise.race([reader.read().catch(broken), stopped]);
      idle.refresh();
      if (read.done) return;
      waited += performance.now() - asked;
      bytes += read.value.byteLength;
      if (waited >= times.speed.overMs) {
        if (bytes * 1_000 < times.speed.bytesPerSecond * waited) throw tooSlow(times.speed);
        [waited, bytes] = [0, 0];
      }
      yield read.value;
    }
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
    reader.releaseLock();
  }
}

function tooSlow({ bytesPerSecond }: LeastSpeed): UploadStalled {
  return new UploadStalled(`it was slower than ${bytesPerSecond} bytes a second`);
}
