import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { FetchedFile, RemoteFiles } from '../../ports/remote-files.ts';
import { createNameResolver, type Resolve } from './name-resolver.ts';
import { webhookUrlProblem } from '../webhook-address.ts';
import { checkedLookup, reasonOf } from './webhook-transport.ts';

const maxRedirects = 3;

/** Statuses below 500 after which the same request may work later. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

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
  return {
    async fetch(url, { maxBytes, timeoutMs, signal }) {
      const time = AbortSignal.timeout(timeoutMs);
      const either = signal === undefined ? time : AbortSignal.any([signal, time]);
      for (let at = url, hops = 0; ; hops += 1) {
        const problem = webhookUrlProblem(at, allowPrivate);
        if (problem !== null) return failed(hops === 0 ? problem : `leads to a URL that ${problem}`, false);
        const got = await get(at, { maxBytes, lookup, signal: either });
        signal?.throwIfAborted();
        if (time.aborted && !('location' in got) && !got.ok) {
          return failed(`did not answer within ${timeoutMs / 1_000} s`, true);
        }
        if (!('location' in got)) return got;
        if (hops === maxRedirects) return failed(`redirects more than ${maxRedirects} times`, false);
        if (!URL.canParse(got.location, at)) return failed('redirects to what is no URL', false);
        at = new URL(got.location, at).href;
      }
    },
  };
}

interface Redirect {
  readonly location: string;
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
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        return end({ location: headers.location });
      }
      if (statusCode !== 200) {
        return end(failed(`answered ${statusCode}`, statusCode >= 500 || passing.has(statusCode)));
      }
      const declared = Number(headers['content-length'] ?? 0);
      if (declared > maxBytes) return end(tooLarge(maxBytes));
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

function tooLarge(maxBytes: number): FetchedFile {
  return failed(`leads to a file of more than ${maxBytes} bytes`, false);
}

function failed(problem: string, retryable: boolean): FetchedFile {
  return { ok: false, problem: problem.replace(/\.$/, ''), retryable };
}
