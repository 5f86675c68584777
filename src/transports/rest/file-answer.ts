import { answer, type Answer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Incoming } from './incoming.ts';

/** What a route that answers a file hands over. */
export interface FileAnswer {
  /** What it is saved as. Letters, digits, dots and hyphens. */
  readonly name: string;
  /** Of all parts, where that is known. */
  readonly bytes?: number;
  /** In order, as fast as the client reads. */
  readonly parts: AsyncIterable<Uint8Array>;
}

/** It breaks off when a part cannot be read, so that the client sees that it is not whole. */
export function file(
  { method, header }: Pick<Incoming, 'method' | 'header'>,
  exchange: Exchange,
  media: string,
  { name, bytes, parts }: FileAnswer,
): Answer {
  exchange.headers['content-disposition'] = `attachment; filename="${name}"`;
  const body = (): ReadableStream<Uint8Array> => streamOf(parts);
  if (bytes !== undefined) exchange.headers['content-length'] = String(bytes);
  // They are compressed already.
  if (media.startsWith('image/') || media === 'application/zip')
    return answer(exchange, 200, media, method === 'HEAD' ? '' : body());
  const { vary } = exchange.headers;
  exchange.headers['vary'] = vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`;
  if (method === 'HEAD') return answer(exchange, 200, media, '');
  if (!acceptsGzip(header('accept-encoding') ?? '')) return answer(exchange, 200, media, body());
  exchange.headers['content-encoding'] = 'gzip';
  const packed = body().pipeThrough(new CompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>);
  return answer(exchange, 200, media, packed);
}

function acceptsGzip(header: string): boolean {
  return header.split(',').some((one) => /^\s*(gzip|\*)\s*(;\s*q=(0?\.\d*[1-9]\d*|1(\.0*)?)\s*)?$/i.test(one));
}

function streamOf(parts: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => void (await iterator.return?.()),
  });
}
