/** One Server-Sent Event. The format: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface SentEvent {
  /** What the client sends as Last-Event-ID when it comes back. */
  readonly id: number | string;
  /** One word. */
  readonly type: string;
  /** Plain JSON. */
  readonly data: unknown;
}

type EventGroup = readonly (SentEvent | string)[] | Uint8Array;

/** What a route that streams hands over. */
export interface EventFlow {
  /**
   * In order, in groups; ends when nothing more comes. Asked for no faster than the client reads. A string is an event
   * as it is sent, for one that many are sent; bytes are a group, and good until the next one is asked for.
   */
  readonly events: AsyncIterable<EventGroup>;
  /** Ends `events`, whatever they wait for. Called when the stream is over, however it ended; maybe more than once. */
  readonly stop: () => void;
}

/** Proxies cut connections that say nothing, mostly after 30 to 60 seconds. */
const heartbeatMs = 15_000;

const utf8 = new TextEncoder();
/** How long a client waits before it comes back. Milliseconds. */
const greeting = utf8.encode('retry: 2000\n\n');
const heartbeat = utf8.encode(':\n\n');

/**
 * The body of the answer. A client that comes back says what it has seen, so that one that breaks loses nothing.
 * `isSent`: whether everything that was taken from the body has left this process's memory.
 */
export function streamOf(
  { events, stop }: EventFlow,
  isSent: () => boolean,
  onFault: (thrown: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]();
  const copies = new Copies(isSent);
  let next: Promise<IteratorResult<EventGroup>> | null = null;
  let over = false;
  const end = (): void => {
    over = true;
    stop();
    iterator.return?.(undefined).catch(onFault);
  };
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(greeting),
    pull: async (controller) => {
      next ??= iterator.next();
      const chunk = await within(next, heartbeatMs).then(
        (came) => {
          if (came === null) {
            copies.free();
            return heartbeat;
          }
          next = null;
          if (came.done === true) return null;
          return came.value instanceof Uint8Array ? copies.of(came.value) : bytesOf(came.value);
        },
        (thrown: unknown) => {
          if (!over) onFault(thrown);
          return null;
        },
      );
      // The client may have gone away meanwhile.
      if (over) return;
      if (chunk !== null) return controller.enqueue(chunk);
      end();
      controller.close();
    },
    cancel: end,
    // A chunk is made when it is asked for, which is when the ones before it have been taken.
  }, { highWaterMark: 0 });
}

/** Of bytes that are not good for long. */
class Copies {
  readonly #isSent: () => boolean;
  #memory = new Uint8Array(0);

  constructor(isSent: () => boolean) {
    this.#isSent = isSent;
  }

  /** The memory is used again when it can be: garbage of this size would be collected far too late. */
  of(bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength > this.#memory.byteLength || !this.#isSent()) this.#memory = new Uint8Array(bytes.byteLength);
    this.#memory.set(bytes);
    return this.#memory.subarray(0, bytes.byteLength);
  }

  /** Many may follow what says nothing for long. */
  free(): void {
    this.#memory = new Uint8Array(0);
  }
}

function bytesOf(group: readonly (SentEvent | string)[]): Uint8Array {
  return utf8.encode(group.map(asText).join(''));
}

function asText(event: SentEvent | string): string {
  return typeof event === 'string' ? event : eventText(event);
}

export function eventText({ id, type, data }: SentEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Of which the client is told nothing, but which it sends as Last-Event-ID when it comes back. */
export function positionText(id: string): string {
  return `id: ${id}\n\n`;
}

/** Null when it takes longer than `ms`. */
async function within<T>(awaited: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}
