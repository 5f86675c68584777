import { server } from '../shell/session.ts';
import { serverUrl } from '../shell/router.ts';

/*
 * URLs of objects are signed for the address that the server was configured with. The console may have been opened at
 * another one, by another name or below a path of a proxy, and its policy allows its own origin only.
 */

/** Of one object, as it was signed last, and until when that holds. */
const known = new Map<string, { readonly url: string; readonly until: number }>();
const mostKnown = 2_000;

/**
 * Where a signed URL is reached from here. Each answer of the server has them signed anew: a picture that is shown
 * keeps the URL that it was fetched by, so that it is not fetched again, until that has run out by half.
 */
export function objectUrl(signed: string): string {
  const url = fromHere(signed);
  const at = url.split('?', 1)[0]!;
  const before = known.get(at);
  if (before !== undefined && before.until > Date.now()) return before.url;
  const seconds = Number(new URL(url).searchParams.get('X-Amz-Expires') ?? 0);
  if (known.size >= mostKnown) known.delete(known.keys().next().value!);
  known.delete(at);
  known.set(at, { url, until: Date.now() + seconds * 500 });
  return url;
}

/** The same for what is used once: an upload, a download. */
export function fromHere(signed: string): string {
  const publicUrl = server.peek()?.publicUrl.replace(/\/$/, '') ?? '';
  return publicUrl !== '' && signed.startsWith(`${publicUrl}/`) ? serverUrl + signed.slice(publicUrl.length) : signed;
}
