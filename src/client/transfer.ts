import { ApiError } from './api-error.ts';
import { send, type CallOptions, type Sender } from './send.ts';

/** A file, bytes, or a stream; only a stream cannot be sent again when the connection breaks. */
export type UploadBody = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface UploadOptions extends CallOptions {
  /** As it was declared when the URL was made; the blob's own unless given. */
  readonly contentType?: string;
}

/** A large file over a slow line takes its time: milliseconds of one attempt, unless the call says otherwise. */
const transferTimeoutMs = 900_000;

/** PUTs to a presigned URL. The server's credentials are not sent along. */
export async function upload(
  sender: Sender,
  url: string,
  body: UploadBody,
  options: UploadOptions = {},
): Promise<void> {
  const isStream = body instanceof ReadableStream;
  const type = options.contentType ?? (body instanceof Blob && body.type !== '' ? body.type : null);
  const init = (): RequestInit & { duplex?: 'half' } => ({
    method: 'PUT',
    body,
    ...(type === null ? {} : { headers: { 'content-type': type } }),
    ...(isStream ? { duplex: 'half' as const } : {}),
  });
  const response = await send(sender, url, init, !isStream, { timeoutMs: transferTimeoutMs, ...options });
  await response.body?.cancel();
}

/**
 * GETs a presigned URL, or asks the server for a file as `init` says. The body breaks off with the signal or after the
 * time limit, like the request.
 */
export async function download(
  sender: Sender,
  url: string,
  options: CallOptions = {},
  init: RequestInit = {},
  repeatable = true,
): Promise<Response> {
  const sending = { timeoutMs: transferTimeoutMs, ...options };
  const response = await send(sender, url, () => init, repeatable, sending);
  if (response.body === null) throw new ApiError('unexpected_answer', 'The response has no body.', response);
  return response;
}
