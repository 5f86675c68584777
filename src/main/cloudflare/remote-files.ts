import { joined } from '../../application/logs/web-gzip.ts';
import type { RemoteFiles } from '../../ports/remote-files.ts';
import { failed, remoteFilesBy, tooLarge, unlessFile, type GetFile } from '../remote-files.ts';

/** By `fetch`, which from Cloudflare reaches nothing but the Internet. `allowPrivate` is for development. */
export function createEdgeRemoteFiles(allowPrivate: boolean): RemoteFiles {
  return remoteFilesBy(get, allowPrivate);
}

const get: GetFile = async (url, { maxBytes, signal }) => {
  try {
    const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'image/*' } });
    const { status, headers } = response;
    const length = Number(headers.get('content-length') ?? 0);
    const other = unlessFile({ status, location: headers.get('location'), length }, maxBytes);
    if (other === null) return await readAll(response, maxBytes);
    await response.body?.cancel();
    return other;
  } catch (error) {
    return failed(`cannot be fetched: ${String(error).slice(0, 200)}`, true);
  }
};

async function readAll({ body }: Response, maxBytes: number): ReturnType<GetFile> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.byteLength;
    // To leave the loop cancels the body.
    if (length > maxBytes) return tooLarge(maxBytes);
    parts.push(part);
  }
  return { ok: true, bytes: joined(parts) };
}
