import { refusal } from '../../../domain/errors.ts';
import { createSecretCheck } from '../../../transports/rest/auth/secret.ts';
import type { Client } from '../../../transports/rest/client-address.ts';
import type { RuntimeRoute } from '../../../transports/rest/runtime-route.ts';
import { atMostEvery } from '../../../application/at-most-every.ts';
import type { Config } from '../../config/config.ts';
import { isLoopback } from '../../config/loopback.ts';
import type { Metrics } from './metrics.ts';

/** They are counted in the store, and whoever asks more often learns nothing more. */
const freshMs = 1_000;

/** `/metrics`, for whoever has the token; without one for this machine, or for whoever reaches the port they have. */
export function createMetricsRoute(config: Pick<Config, 'dev' | 'http'>, metrics: Metrics): RuntimeRoute {
  const render = atMostEvery(freshMs, () => metrics.render());
  const { metricsToken, metricsPort } = config.http;
  const isToken = createSecretCheck(metricsToken === null ? [] : [metricsToken]);
  return {
    path: '/metrics',
    methods: ['GET'],
    quiet: true,
    serve: async (request, client) => {
      if (metricsToken !== null) {
        if (!isToken(bearerOf(request))) return { ok: false, refusal: refusal('unauthenticated', wrongToken) };
      } else if (metricsPort === null && !config.dev && !isOnThisMachine(request, client)) {
        return { ok: false, refusal: refusal('forbidden', onlyHere) };
      }
      const { body, contentType } = await render();
      return { ok: true, value: new Response(body, { headers: { 'content-type': contentType } }) };
    },
  };
}

const wrongToken = 'Metrics take the token that METRICS_TOKEN holds: send "Authorization: Bearer <token>".';
const onlyHere =
  'Metrics are answered on the server\'s own machine only: set METRICS_TOKEN, or METRICS_PORT for a port of their own.';

function bearerOf(request: Request): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}

/** By the name that it was called by, too: a page may let a name of its own point here. */
function isOnThisMachine(request: Request, { address, forwarded }: Client): boolean {
  const host = URL.parse(request.url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return !forwarded && address !== null && isLoopback(address.replace(/^::ffff:/i, '')) && isLoopback(host);
}
