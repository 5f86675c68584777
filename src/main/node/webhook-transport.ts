import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import {
  keptAnswerBytes, type WebhookAnswer, type WebhookRequest, type WebhookTransport,
} from '../../ports/webhook-transport.ts';
import { createNameResolver, type Resolve } from './name-resolver.ts';
import { resolvedProblem, webhookUrlProblem } from '../webhook-address.ts';

/** Of an answer's body, of which the beginning is kept. */
const maxAnswerBytes = 64 * 1024;

/**
 * Over connections of its own for each request. Private addresses are refused three times over: in the URL when it is
 * submitted, in the URL when it is sent to, and in what its name resolves to; the connection is made to the very
 * addresses that were looked at, so that a name that resolves to something else the next moment gains nothing.
 */
export function createWebhookTransport(options: {
  readonly allowPrivate: boolean;
  /** As the system does, if left out. */
  readonly resolve?: Resolve;
}): WebhookTransport {
  const { allowPrivate, resolve: resolveName = createNameResolver() } = options;
  const lookup = checkedLookup(resolveName, allowPrivate);
  return {
    urlProblem: (url) => webhookUrlProblem(url, allowPrivate),
    post: (request) => {
      const problem = webhookUrlProblem(request.url, allowPrivate);
      return problem === null ? post(request, lookup) : Promise.resolve(failed(`The URL ${problem}.`));
    },
  };
}

function post({ url, headers, body, timeoutMs }: WebhookRequest, lookup: LookupFunction): Promise<WebhookAnswer> {
  return new Promise((settle) => {
    const bytes = Buffer.from(body);
    let request: ClientRequest;
    const end = (answer: WebhookAnswer): void => {
      clearTimeout(timer);
      settle(answer);
      request?.destroy();
    };
    let answered: WebhookAnswer | null = null;
    // An answer whose body does not come to its end is an answer.
    const timer = setTimeout(() => end(answered ?? failed(`No answer within ${timeoutMs / 1_000} s.`)), timeoutMs);
    try {
      request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': bytes.length },
        agent: false,
        lookup,
      });
    } catch (error) {
      end(failed(`The request could not be made: ${(error as NodeJS.ErrnoException).code ?? 'its URL is wrong'}.`));
      return;
    }
    request.on('error', (error) => end(answered ?? failed(reasonOf(error))));
    request.on('close', () => end(answered ?? failed('The connection was closed without an answer.')));
    request.on('response', (response) => {
      const { statusCode: status = 0, headers: { 'retry-after': retryAfter = null } } = response;
      answered = { status, retryAfter, body: '' };
      drain(response, (body) => (answered = { status, retryAfter, body }), () => answered !== null && end(answered));
    });
    request.end(bytes);
  });
}

/** Calls `begins` with the beginning as far as it has come, `done` at the end of the body, or of what is read of it. */
function drain(response: IncomingMessage, begins: (body: string) => void, done: () => void): void {
  let received = 0;
  let kept = Buffer.alloc(0);
  response.on('data', (chunk: Buffer) => {
    if (kept.length < keptAnswerBytes) {
      kept = Buffer.concat([kept, chunk]).subarray(0, keptAnswerBytes);
      begins(textOf(kept));
    }
    received += chunk.length;
    if (received > maxAnswerBytes) done();
  });
  response.on('end', done);
  response.on('error', done);
}

/** A character that was cut off, and what is no UTF-8, is replaced. */
function textOf(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}

/** Net asks it for names only: addresses in the URL itself are looked at before. */
export function checkedLookup(resolveName: Resolve, allowPrivate: boolean): LookupFunction {
  return (name, { all }, callback) => {
    resolveName(name).then(
      (addresses) => {
        const problems = addresses.map(({ address }) => resolvedProblem(address, allowPrivate));
        const problem = problems.find((each) => each !== null) ?? null;
        const [first] = addresses;
        if (problem !== null) callback(new Told(`The name ${name} ${problem}.`), []);
        else if (first === undefined) callback(new Told(`The name ${name} has no address.`), []);
        else if (all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error.code === undefined ? new Told(error.message) : error, []),
    );
  };
}

function failed(error: string): WebhookAnswer {
  return { status: null, error };
}

/** An error whose message may be told to whoever sends webhooks. */
class Told extends Error {}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The connection was cut',
  EPIPE: 'The connection was cut',
  ETIMEDOUT: 'The connection could not be made in time',
  EHOSTUNREACH: 'The host cannot be reached',
  ENETUNREACH: 'The network of the host cannot be reached',
  ENOTFOUND: 'There is no host of this name',
  EAI_AGAIN: 'The name could not be resolved',
  CERT_HAS_EXPIRED: 'The certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is not for this host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate cannot be verified',
};

/** By its code, as the system's messages have addresses in them. Of several that were tried, the first one's. */
export function reasonOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof Told) return first.message;
  const code = (first as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  return `${reasons[code] ?? 'The request failed'} (${code}).`;
}
