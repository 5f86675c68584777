/** Where an object's URL is, and which object a URL names. */

export interface ObjectUrls {
  /** The URL without its query. */
  urlOf(key: string): string;
  /** Null when it is not an object's URL at all; otherwise the key, or what is wrong with it. */
  keyOf(url: string): { readonly key: string } | { readonly problem: string } | null;
}

const mount = '/objects/';

/** `publicUrl` may have a path, which a proxy in front of the server may or may not cut off. */
export function createObjectUrls(publicUrl: string | (() => string)): ObjectUrls {
  let seen: string | null = null;
  let base = '';
  let basePath = '';

  function refresh(): void {
    const now = typeof publicUrl === 'string' ? publicUrl : publicUrl();
    if (now === seen) return;
    const url = new URL(now);
    if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
      throw new TypeError(`publicUrl must be an http or https URL without a query: ${url.origin}`);
    }
    basePath = url.pathname.replace(/\/+$/, '');
    base = url.origin + basePath;
    seen = now;
  }
  if (typeof publicUrl === 'string') refresh();

  return {
    urlOf(key) {
      refresh();
      return base + mount + encodeKey(key);
    },
    keyOf(url) {
      refresh();
      const path = pathOf(url);
      const prefix = [basePath + mount, mount].find((candidate) => path.startsWith(candidate));
      return prefix === undefined ? null : decodeKey(path.slice(prefix.length));
    },
  };
}

function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** By hand: the URL class would resolve `..` silently, where it should be refused. */
function pathOf(url: string): string {
  const afterScheme = url.indexOf('://') + 3;
  const start = url.indexOf('/', afterScheme);
  return start === -1 ? '/' : (url.slice(start).split(/[?#]/, 1)[0] as string);
}

/** Whether the key may be is for the store to say. */
function decodeKey(encoded: string): { readonly key: string } | { readonly problem: string } {
  try {
    return { key: decodeURIComponent(encoded) };
  } catch {
    return { problem: 'the URL has a broken percent escape' };
  }
}
