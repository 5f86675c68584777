import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { WebhookAnswer, WebhookRequest, WebhookTransport } from '../../ports/webhook-transport.ts';
import { createNameResolver, type Resolve } from './name-resolver.ts';
import { addressProblem, webhookUrlProblem } from './webhook-address.ts';

/** Of an answer's body, which nobody reads. */
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
      end(failed(`The request could not be made: ${String(error)}`));
      return;
    }
    request.on('error', (error) => end(answered ?? failed(reasonOf(error))));
    request.on('close', () => end(answered ?? failed('The connection was closed without an answer.')));
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      answered = { status: statusCode, retryAfter: response.headers['retry-after'] ?? null };
      drain(response, () => answered !== null && end(answered));
    });
    request.end(bytes);
  });
}

/** Calls `done` at the end of the body, or of what is read of it. */
function drain(response: IncomingMessage, done: () => void): void {
  let received = 0;
  response.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > maxAnswerBytes) done();
  });
  response.on('end', done);
  response.on('error', done);
}

/** Net asks it for names only: addresses in the URL itself are looked at before. */
function checkedLookup(resolveName: Resolve, allowPrivate: boolean): LookupFunction {
  return (name, { all }, callback) => {
    resolveName(name).then(
      (addresses) => {
        const problems = addresses.map(({ address }) => addressProblem(address, allowPrivate));
        const problem = problems.find((each) => each !== null) ?? null;
        const [first] = addresses;
        if (problem !== null) callback(new Error(`The name ${name} ${problem}.`), []);
        else if (first === undefined) callback(new Error(`The name ${name} has no address.`), []);
        else if (all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

function failed(error: string): WebhookAnswer {
  return { status: null, error };
}

/** Of several addresses that were tried, the first one's. */
function reasonOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error && first.message !== '' ? first.message : String(error);
}
