import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** At http://gpu.test: `/ok…` takes a message, `/pushed<path>` says what came to the path, the rest refuses. */
function gpuWorker(): (request: Request) => Promise<Response> {
  const pushed = new Map<string, unknown[]>();
  return async (request) => {
    const { host, pathname } = new URL(request.url);
    if (host !== 'gpu.test') return new Response(`there is no ${host} in a test`, { status: 502 });
    if (pathname.startsWith('/pushed')) return Response.json(pushed.get(pathname.slice('/pushed'.length)) ?? []);
    if (pathname.startsWith('/moved')) {
      return new Response(null, { status: 302, headers: { location: 'http://gpu.test/ok' } });
    }
    if (!pathname.startsWith('/ok')) return new Response(null, { status: 503 });
    const message = { body: await request.json(), secret: request.headers.get('x-gpu-callback-secret') };
    pushed.set(pathname, [...(pushed.get(pathname) ?? []), message]);
    return new Response(null, { status: 202 });
  };
}

/** Tests inside the Workers runtime: the Worker's own objects, queues and databases, without an account. */
export const edgeProject = {
  plugins: [
    cloudflareTest(async () => ({
      remoteBindings: false,
      wrangler: { configPath: `${root}deploy/wrangler.jsonc` },
      miniflare: {
        outboundService: gpuWorker(),
        bindings: {
          PUBLIC_URL: 'http://127.0.0.1:8787',
          WAYBILL_DEV: 'true',
          LOG_LEVEL: 'error',
          QUOTA_OBJECT_BYTES: 'free=1000',
          QUEUE_CONSUMER: 'http_pull',
          S3_ENDPOINT: 'http://127.0.0.1:8787/cdn-cgi/local/r2/s3',
          R2_ACCESS_KEY_ID: 'localkey',
          R2_SECRET_ACCESS_KEY: 'localsecret',
          D1_MIGRATIONS: await readD1Migrations(`${root}migrations/d1`),
        },
      },
    })),
  ],
  test: {
    name: 'edge',
    // Each file of a runtime of its own would load the whole Worker anew, which takes longer than its tests.
    isolate: false,
    include: ['test/edge/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
};
