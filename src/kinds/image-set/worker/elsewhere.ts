import { imageSetMessageElsewhere } from '../contract/queue.ts';
import { readMessage, type ImageSetMessage } from './message.ts';
import type { Storage } from './storage.ts';
import { RequestError } from '../../../http/request-error.ts';

/** A message, a sentence that says why it is none, or null when there is none any longer. */
type Read = ImageSetMessage | string | null;

/** The message in a delivery's body, or a promise of it when the body says that it lies elsewhere. */
export function readBody(
  body: unknown,
  storage: Storage,
  signal: AbortSignal,
  timeLimitMs: number,
): Read | Promise<Read> {
  const elsewhere = imageSetMessageElsewhere.safeParse(body);
  if (!elsewhere.success) return readMessage(body);
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)]);
  return fetchMessage(elsewhere.data.message_url, storage, inTime);
}

/** It is there as long as its job has not ended. */
async function fetchMessage(url: string, storage: Storage, signal: AbortSignal): Promise<Read> {
  let text: string;
  try {
    text = new TextDecoder().decode(await storage.get(url, signal));
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return null;
    if (error instanceof RequestError) return `it lies elsewhere, and the storage ${error.message}`;
    return `it lies elsewhere, and reading it was broken off (${error instanceof Error ? error.name : String(error)})`;
  }
  try {
    return readMessage(JSON.parse(text));
  } catch {
    return 'it lies elsewhere, and is no JSON there';
  }
}
