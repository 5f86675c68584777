import { ok, refuse, type Result } from '../contract/errors.ts';
import type { Logger } from '../ports/world.ts';
import type { RuntimeRoute } from '../transports/rest/runtime-route.ts';
import { consoleSections } from './console/sections.ts';

/** One of the files that the pages are built of. */
export interface ConsoleFile {
  readonly body: BodyInit;
  /** Only where it was accepted. */
  readonly encoding?: 'gzip';
}

/**
 * By its path in the folder that the pages are built into, such as `ui/jobs-Dk3f.js`; null: there is no such file.
 * `accepted`: the request's Accept-Encoding. Throws where there are no pages at all.
 */
export type ReadConsoleFile = (path: string, accepted: string) => Promise<ConsoleFile | null>;

/**
 * The console's pages at the server's own addresses, and what they are made of below `/ui/`. `objectsFrom`: the origin
 * that pictures are fetched from and sent to, where that is not the server's own.
 */
export function createConsoleRoutes(
  read: ReadConsoleFile,
  { objectsFrom, logger }: { readonly objectsFrom: string | null; readonly logger: Logger },
): RuntimeRoute[] {
  const policy = pagePolicy(objectsFrom);
  const find: (...asked: Parameters<ReadConsoleFile>) => Promise<Result<ConsoleFile>> = async (path, accepted) => {
    try {
      const file = await read(path, accepted);
      return file === null ? refuse('not_found', `The console has no file /${path.slice(0, 200)}.`) : ok(file);
    } catch (error) {
      logger.error('the console cannot be shown', { error: String(error) });
      return refuse('unavailable', 'The console cannot be shown; the log of the server says why. The API is at /docs.');
    }
  };
  const page: RuntimeRoute['serve'] = async (request) => {
    const index = await find('index.html', '');
    if (!index.ok) return index;
    const built = await new Response(index.value.body).text();
    const html = built.replace('<base href="./"', `<base href="${wayUp(request.url)}"`);
    const headers = {
      'content-type': typeOf('index.html'), 'content-security-policy': policy, 'cache-control': 'no-cache',
    };
    return ok(new Response(html, { headers }));
  };
  const part: RuntimeRoute['serve'] = async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    const file = await find(path, request.headers.get('accept-encoding') ?? '');
    return file.ok ? ok(partAnswer(path, file.value)) : file;
  };
  const methods = ['GET'];
  const paths = ['/', ...consoleSections.flatMap((section) => [`/${section}`, `/${section}/*`])];
  return [
    ...paths.map((path) => ({ path, methods, quiet: true, serve: page })),
    { path: '/ui/*', methods, quiet: true, serve: part },
  ];
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml', webp: 'image/webp',
};

function typeOf(path: string): string {
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

function partAnswer(path: string, { body, encoding }: ConsoleFile): Response {
  // Each has a hash of its contents in its name.
  const headers = {
    'content-type': typeOf(path), 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding',
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  };
  return new Response(body, { headers });
}

/**
 * From the address of a page to the root: `../` from `/jobs/0193`. A relative one holds wherever a proxy has put the
 * server, without anybody telling it.
 */
function wayUp(url: string): string {
  const depth = new URL(url).pathname.split('/').length - 2;
  return depth === 0 ? './' : '../'.repeat(depth);
}

/** Of the pages: their own code and style, pictures of the objects' store, and no string that becomes code. */
function pagePolicy(objectsFrom: string | null): string {
  const store = objectsFrom === null ? '' : ` ${objectsFrom}`;
  return [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", `img-src 'self' data: blob:${store}`,
    `connect-src 'self'${store}`, "manifest-src 'self'", "base-uri 'self'", "form-action 'self'",
    "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; ');
}
