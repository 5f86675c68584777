/** HTTP as clients speak it that fetch does not imitate: any path, any header, any half of a body. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** The request as begun; `answer` ends with its answer, or throws when the connection ends before. */
export function beginRequest(
  url: string,
  init: { readonly method?: string; readonly path?: string; readonly headers?: Record<string, string | number> },
): { readonly request: ClientRequest; readonly answer: Promise<RawAnswer> } {
  const { hostname, port, pathname, search } = new URL(url);
  const { method = 'GET', path = pathname + search, headers = {} } = init;
  const begun = request({ hostname, port, path, method, headers, agent: false });
  const answer = new Promise<RawAnswer>((resolve, reject) => {
    begun.on('error', reject);
    begun.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, text: Buffer.concat(chunks).toString() });
      });
    });
  });
  answer.catch(() => {}); // Whoever breaks a request off does not wait for its answer.
  return { request: begun, answer };
}
