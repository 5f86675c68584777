/** Bodies of answers: never longer than expected, never silent for ever. And of requests, made as they are sent. */
import { ObjectStoreFailure } from '../../ports/object-store.ts';

/** Throws ObjectStoreFailure when there is more. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw new ObjectStoreFailure(`S3's answer has more than ${maxBytes} bytes`, { retryable: false });
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** The same answer, whose body fails when the server sends nothing for so long after being asked for more. */
export function limitIdle(response: Response, idleMs: number, abort: AbortController): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const timeout = new DOMException(`no data in ${idleMs} ms`, 'TimeoutError');
        const timer = setTimeout(() => abort.abort(timeout), idleMs);
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          const message = `the body of S3's answer broke off: ${why}`;
          throw new ObjectStoreFailure(message, { retryable: true, cause: error });
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, { status: response.status, headers: response.headers });
}

/** `onFault` hears what the parts throw, which the stream fails with. They are copied: what is sent may still wait. */
export function streamOf(
  parts: AsyncIterable<Uint8Array>,
  onFault: (thrown: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value));
      } catch (thrown) {
        onFault(thrown);
        throw thrown;
      }
    },
    cancel: async () => void (await iterator.return?.()),
  });
}
