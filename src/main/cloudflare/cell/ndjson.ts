/** Values as lines of JSON, and back: what is streamed between objects has to be bytes. */

const newline = 10;

/** Ends what it reads when the stream is canceled. */
export function toLines(values: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const iterator = values[Symbol.asyncIterator]();
  const utf8 = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    type: 'bytes',
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) {
        controller.close();
        return;
      }
      controller.enqueue(utf8.encode(`${JSON.stringify(value)}\n`));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** Throws what the stream fails with. */
export async function* fromLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  const utf8 = new TextDecoder();
  let parts: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      let from = 0;
      for (let end = value.indexOf(newline); end !== -1; end = value.indexOf(newline, from)) {
        parts.push(value.subarray(from, end));
        yield JSON.parse(parts.map((part) => utf8.decode(part, { stream: true })).join('') + utf8.decode());
        parts = [];
        from = end + 1;
      }
      if (from < value.length) parts.push(value.subarray(from));
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
