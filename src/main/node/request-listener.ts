import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { DirectListener } from './direct-listener.ts';
import { errorAnswer, type ErrorText } from './error-text.ts';

export type Fetch = (request: Request, env?: object) => Response | Promise<Response>;
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

export const invalid: ErrorText = {
  status: 400,
  code: 'invalid_request',
  message: 'The request is not valid HTTP/1.1: check the request line, Host and the other headers.',
};

/**
 * Answers Node's requests by `fetch`. `ownProcess`: the global Request and Response may be replaced by others, with
 * which it is faster. `direct` comes first.
 */
export function listenerOf(
  fetch: Fetch,
  { ownProcess, direct }: { readonly ownProcess: boolean; readonly direct?: DirectListener | undefined },
): Listener {
  const options = { errorHandler: answerInvalid, overrideGlobalObjects: ownProcess };
  const general = getRequestListener(fetch, options) as unknown as Listener;
  if (direct === undefined) return general;
  return (incoming, outgoing) => direct(incoming, outgoing) ?? general(incoming, outgoing);
}

/** For what cannot be made a request of, such as one without a Host. */
function answerInvalid(thrown: unknown): Response {
  if (!(thrown instanceof RequestError)) throw thrown;
  return errorAnswer(invalid);
}
