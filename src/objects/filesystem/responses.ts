/** What the handler answers: error bodies, CORS, and headers under which an upload cannot run as a page of ours. */
import type { RefusalCode } from '../../domain/errors.ts';
import type { ObjectInfo } from '../../ports/object-store.ts';
import { checksumHeaders } from './checksums.ts';
import type { ByteRange } from './range.ts';

/** The signature is the only right there is, so any page may use a URL that it was given. No cookies are read. */
const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag',
};

const allowedMethods = 'GET, HEAD, PUT, OPTIONS';

export function preflightResponse(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders,
      Allow: allowedMethods,
      'Access-Control-Allow-Methods': 'GET, HEAD, PUT',
      'Access-Control-Allow-Headers':
        ['Content-Type', 'If-Match', 'If-None-Match', 'If-Range', 'Range', ...checksumHeaders].join(', '),
      'Access-Control-Max-Age': '86400',
    },
  });
}

export interface Problem {
  readonly status: number;
  readonly code: RefusalCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemResponse(problem: Problem): Response {
  const body = { success: false, error: { code: problem.code, message: problem.message } };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: {
      ...corsHeaders,
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...problem.headers,
    },
  });
}

export function methodRefused(): Response {
  const message = `objects take ${allowedMethods} only`;
  return problemResponse({ status: 405, code: 'invalid_request', message, headers: { Allow: allowedMethods } });
}

export function storedResponse(etag: string): Response {
  return new Response(null, { status: 200, headers: { ...corsHeaders, 'Content-Length': '0', ETag: `"${etag}"` } });
}

export function notModified(etag: string): Response {
  return new Response(null, { status: 304, headers: { ...corsHeaders, ETag: `"${etag}"`, ...cacheHeaders } });
}

/** An object can be replaced at any time, and a shared cache must not outlive the URL's expiry. */
const cacheHeaders = { 'Cache-Control': 'private, no-cache' };

/** Headers of a whole object (range null) or a part. */
export function objectHeaders(info: ObjectInfo, etag: string, range: ByteRange | null): Record<string, string> {
  const length = range === null ? info.size : range.last - range.first + 1;
  return {
    ...corsHeaders,
    ...cacheHeaders,
    'Accept-Ranges': 'bytes',
    'Content-Disposition': disposition(info),
    'Content-Length': String(length),
    'Content-Type': info.contentType,
    ETag: `"${etag}"`,
    'Last-Modified': new Date(info.modifiedAt).toUTCString(),
    ...(range === null ? {} : { 'Content-Range': `bytes ${range.first}-${range.last}/${info.size}` }),
    // Uploads come from anybody who was given a URL. They must not be pages of this origin:
    // the browser neither guesses another type, nor runs scripts, nor lets the page act as us.
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}

/** Types that a browser shows without running anything in them. SVG, HTML, XML and PDF are not among them. */
const shownInline: ReadonlySet<string> = new Set([
  'application/json',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
  'video/mp4',
  'video/webm',
]);

function disposition(info: ObjectInfo): string {
  const essence = (info.contentType.split(';')[0] as string).trim().toLowerCase();
  const name = encodeURIComponent(info.key.slice(info.key.lastIndexOf('/') + 1));
  // RFC 8187 leaves fewer characters unescaped than encodeURIComponent does.
  const escaped = name.replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${shownInline.has(essence) ? 'inline' : 'attachment'}; filename*=UTF-8''${escaped}`;
}
