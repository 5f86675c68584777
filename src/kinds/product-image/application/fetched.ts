import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { RemoteFiles } from '../../../ports/remote-files.ts';
import { imageTypes, type ImageExtension } from '../domain/keys.ts';

const timeoutMs = 30_000;

export interface FetchedImage {
  readonly bytes: Uint8Array;
  readonly extension: ImageExtension;
}

/** Fetches a picture that a report names by its URL. `field`: where the report has it. */
export async function fetchImage(
  { files, maxBytes }: { readonly files: RemoteFiles; readonly maxBytes: number },
  field: string,
  url: string,
  allowed: readonly ImageExtension[],
): Promise<Result<FetchedImage>> {
  const wrong = (problem: string): Result<never> =>
    refuse('invalid_request', `The ${field} ${problem}.`, { fields: { [field]: problem } });
  const fetched = await files.fetch(url, { maxBytes, timeoutMs });
  if (!fetched.ok) {
    if (!fetched.retryable) return wrong(fetched.problem);
    return refuse('unavailable', `The ${field} ${fetched.problem}: try again later.`);
  }
  const extension = formatOf(fetched.bytes);
  if (extension !== null && allowed.includes(extension)) return ok({ bytes: fetched.bytes, extension });
  const types = allowed.map((one) => imageTypes[one]).join(' or ');
  return wrong(`must lead to a file that is ${types}`);
}

export async function storeImage(
  { objects }: Pick<Dependencies, 'objects'>,
  key: string,
  { bytes, extension }: FetchedImage,
): Promise<string> {
  await objects.put(key, bytes, { contentType: imageTypes[extension] });
  return key;
}

/** By its first bytes, whatever its server called it. */
function formatOf(bytes: Uint8Array): ImageExtension | null {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith('\u0089PNG\r\n\u001a\n')) return 'png';
  if (head.startsWith('\u00ff\u00d8\u00ff')) return 'jpg';
  return head.startsWith('RIFF') && head.slice(8) === 'WEBP' ? 'webp' : null;
}
