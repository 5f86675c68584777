import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { FetchedFile, RemoteFiles } from '../../ports/remote-files.ts';
import { createNameResolver, type Resolve } from './name-resolver.ts';
import { failed, remoteFilesBy, tooLarge, unlessFile, type Redirect } from '../remote-files.ts';
import { checkedLookup, reasonOf } from './webhook-transport.ts';

/**
 * By the rule for webhooks: the URL of each hop is looked at, and so is what its name resolves to, and the connection
 * is made to the very addresses that were looked at.
 */
export function createRemoteFiles(options: {
  readonly allowPrivate: boolean;
  /** As the system does, if left out. */
  readonly resolve?: Resolve;
}): RemoteFiles {
  const { allowPrivate, resolve = createNameResolver() } = options;
  const lookup = checkedLookup(resolve, allowPrivate);
  return remoteFilesBy((url, options) => get(url, { ...options, lookup }), allowPrivate);
}

interface Getting {
  readonly maxBytes: number;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/** One request. Never rejects. */
function get(url: string, { maxBytes, lookup, signal }: Getting): Promise<FetchedFile | Redirect> {
  return new Promise((settle) => {
    const end = (answer: FetchedFile | Redirect): void => {
      settle(answer);
      request.destroy();
    };
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
      agent: false, lookup, signal, headers: { accept: 'image/*', 'accept-encoding': 'identity' },
    });
    request.on('error', (error) => settle(failed(`cannot be fetched: ${reasonOf(error)}`, true)));
    request.on('response', (response) => {
      const { statusCode = 0, headers } = response;
      const length = Number(headers['content-length'] ?? 0);
      const other = unlessFile({ status: statusCode, location: headers.location, length }, maxBytes);
      if (other !== null) return end(other);
      readAll(response, maxBytes, end);
    });
    request.end();
  });
}

function readAll(response: IncomingMessage, maxBytes: number, end: (answer: FetchedFile) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > maxBytes) end(tooLarge(maxBytes));
  });
  response.on('end', () => end({ ok: true, bytes: new Uint8Array(Buffer.concat(chunks)) }));
  // One that was cut off has no end.
  response.on('error', (error) => end(failed(`cannot be fetched: ${reasonOf(error)}`, true)));
}
