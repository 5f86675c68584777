import { ok, refuse, type Result } from '../../../contract/errors.ts';
import type { Logger } from '../../../ports/world.ts';
import type { ConsoleFacts } from '../../../transports/rest/handlers/console.ts';
import type { RuntimeRoute } from '../../../transports/rest/runtime-route.ts';
import type { Config } from '../../config/config.ts';
import { consoleSections } from '../../console/sections.ts';
import type { Platform } from '../platform.ts';
import { consoleFiles, type ConsoleFile } from './files.ts';

/** What is said of this server to its pages. */
export function consoleFacts(
  config: Config,
  publicUrl: string,
  { application, kindNames }: Pick<Platform, 'application' | 'kindNames'>,
): ConsoleFacts {
  const has = {
    schedules: application.schedules, webhooks: application.webhooks, events: application.events,
    logs: application.logs, workers: application.workers, users: true,
  };
  return {
    publicUrl,
    kinds: [...kindNames],
    features: Object.entries(has).filter(([, part]) => part !== undefined && part !== false).map(([name]) => name),
    maxUploadBytes: config.limits.maxUploadBytes,
  };
}

/** The console's pages at the server's own addresses, and what they are made of below `/ui/`. */
export function createConsoleRoutes({ objects }: Pick<Config, 'objects'>, logger: Logger): RuntimeRoute[] {
  const policy = pagePolicy(objects);
  const read = async (): Promise<Result<Awaited<ReturnType<typeof consoleFiles>>>> => {
    try {
      return ok(await consoleFiles());
    } catch (error) {
      logger.error('the console cannot be shown', { error: String(error) });
      return refuse('unavailable', 'The console cannot be shown; the log of the server says why. The API is at /docs.');
    }
  };
  const page: RuntimeRoute['serve'] = async (request) => {
    const files = await read();
    if (!files.ok) return files;
    const index = files.value.get('index.html')!;
    const html = new TextDecoder().decode(index.bytes).replace('<base href="./"', `<base href="${wayUp(request.url)}"`);
    const headers = { 'content-type': index.type, 'content-security-policy': policy, 'cache-control': 'no-cache' };
    return ok(new Response(html, { headers }));
  };
  const part: RuntimeRoute['serve'] = async (request) => {
    const { pathname } = new URL(request.url);
    const files = await read();
    if (!files.ok) return files;
    const file = files.value.get(pathname.slice(1));
    if (file === undefined) return refuse('not_found', `The console has no file ${pathname.slice(0, 200)}.`);
    return ok(partAnswer(file, request.headers.get('accept-encoding') ?? ''));
  };
  const methods = ['GET'];
  const paths = ['/', ...consoleSections.flatMap((section) => [`/${section}`, `/${section}/*`])];
  return [
    ...paths.map((path) => ({ path, methods, quiet: true, serve: page })),
    { path: '/ui/*', methods, quiet: true, serve: part },
  ];
}

function partAnswer({ type, bytes, gzipped }: ConsoleFile, accepted: string): Response {
  const isZipped = gzipped !== null && /\bgzip\b/.test(accepted);
  // Each has a hash of its contents in its name.
  const headers = {
    'content-type': type, 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding',
    ...(isZipped && { 'content-encoding': 'gzip' }),
  };
  return new Response((isZipped ? gzipped : bytes) as Uint8Array<ArrayBuffer>, { headers });
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
function pagePolicy(objects: Config['objects']): string {
  const store = objects.type === 's3' ? ` ${new URL(objects.publicEndpoint ?? objects.endpoint).origin}` : '';
  return [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", `img-src 'self' data: blob:${store}`,
    `connect-src 'self'${store}`, "manifest-src 'self'", "base-uri 'self'", "form-action 'self'",
    "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join('; ');
}
