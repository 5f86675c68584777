import { pause } from '../http/pause.ts';
import { ApiError } from './api-error.ts';
import { send, type CallOptions, type Sender } from './send.ts';

/** A server says something every 15 seconds, be it only that nothing happened. Milliseconds. */
const silenceMs = 45_000;
/** Between a connection that brought nothing and the next one. Milliseconds. */
const pauseMs = 2_000;
/** Characters of one event, which may have a job with all that its kind says of it. */
const maxEventLength = 8 * 1024 ** 2;
/** The longest that a timer takes. The silence ends a connection much sooner. */
const noTimeoutMs = 2 ** 31 - 1;

/**
 * The data of the events of a route that streams, over as many connections as it takes: each goes on after the last
 * event that was seen. Ends when the server says that nothing more comes.
 */
export async function* stream(
  sender: Sender,
  url: string,
  headers: Readonly<Record<string, string>>,
  options: CallOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  for (let last = ''; ; ) {
    const silence = new Silence();
    const signal = options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal]);
    let brought = false;
    try {
      const init = () => ({ headers: last === '' ? headers : { ...headers, 'last-event-id': last } });
      const response = await send(sender, url, init, true, { ...options, signal, timeoutMs: noTimeoutMs });
      if (response.status === 204 || response.body === null) return;
      options.onConnected?.();
      for await (const { id, data } of unbroken(eventsIn(response.body, () => silence.broken()), options.signal)) {
        last = id;
        brought = true;
        yield JSON.parse(data);
      }
    } finally {
      // Closes the connection too, when whoever watches has left.
      silence.end();
    }
    if (!brought) await pause(pauseMs, options.signal).catch(stopped);
  }
}

/** Ends where the connection broke: the next one goes on from there. */
async function* unbroken<T>(events: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const iterator = events[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next().catch((cause: unknown) => {
      if (signal?.aborted) stopped(cause);
      if (cause instanceof ApiError) throw cause;
      return null;
    });
    if (next === null || next.done === true) return;
    yield next.value;
  }
}

function stopped(cause: unknown): never {
  throw new ApiError('aborted', 'The watch was stopped; the job continues.', { cause });
}

/** Aborts its signal when nothing was heard for too long. */
class Silence {
  readonly #abort = new AbortController();
  #timer = setTimeout(() => this.end(), silenceMs);

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), silenceMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}

interface ReceivedEvent {
  readonly id: string;
  readonly data: string;
}

async function* eventsIn(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<ReceivedEvent> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    text += decoder.decode(value, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) yield { id: field('id') ?? '', data };
    }
    if (text.length > maxEventLength) {
      throw new ApiError('unexpected_answer', `An event is longer than ${maxEventLength} characters.`);
    }
  }
}
