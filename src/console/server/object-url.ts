import { serverUrl } from '../shell/router.ts';
import { server } from '../shell/session.ts';

/**
 * A URL that the server signed, at the address that the console came from: the server signs its public one, which the
 * browser may know by another name (localhost, a proxy's path), and the page's policy allows no other. That of a
 * bucket stays as it is.
 */
export function objectUrl(url: string): string {
  const publicUrl = server.value?.publicUrl;
  return publicUrl !== undefined && url.startsWith(`${publicUrl}/`) ? serverUrl + url.slice(publicUrl.length) : url;
}
