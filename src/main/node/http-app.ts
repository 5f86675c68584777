import { createUsers } from '../../application/users/create-users.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import { createAuthenticator } from '../../transports/rest/auth/authenticator.ts';
import { createLoginSigner } from '../../transports/rest/auth/logins.ts';
import { createRestApp } from '../../transports/rest/app.ts';
import type { RuntimeRoute } from '../../transports/rest/runtime-route.ts';
import type { Config } from '../config/config.ts';
import { version } from '../version.ts';
import type { Metrics } from './metrics.ts';
import type { NodeObjects } from './objects.ts';
import { createPasswordHasher } from './password-hasher.ts';
import type { Platform } from './platform.ts';
import { createIds, systemClock } from './world.ts';

/** The REST routes, those that only Node has among them. */
export function createHttpApp(parts: {
  readonly config: Config;
  readonly platform: Platform;
  readonly store: Store;
  readonly objects: NodeObjects;
  readonly publicUrl: string;
  readonly logger: Logger;
}): { readonly fetch: (request: Request, env?: object) => Response | Promise<Response>; draining(): void } {
  const { config, platform, store, objects, publicUrl, logger } = parts;
  const { application, metrics } = platform;
  let draining = false;
  const ready = async (): Promise<void> => {
    if (draining) throw new Error('the server is shutting down');
    await application.ready();
  };
  const users = createUsers({ store, clock: systemClock, hasher: createPasswordHasher() });
  const rest = createRestApp({
    application: { ...application, users, ready },
    signLogin: createLoginSigner({
      jwtSecret: config.jwtSecret, lifetimeMs: config.limits.sessionMs, clock: systemClock,
    }),
    trustProxy: config.trustProxy,
    authenticate: createAuthenticator({
      jwtSecret: config.jwtSecret,
      devMode: config.dev,
      findApiKey: (key) => application.tokens.authenticate(key),
      users,
      clock: systemClock,
    }),
    callbackSecrets: config.callbackSecrets,
    publicUrl,
    version,
    logger,
    observe: metrics.observeRequest,
    devMode: config.dev,
    health: async () => ({
      uptimeSeconds: Math.round(process.uptime()),
      parts: {
        store: { name: store.name, status: await statusOf(store) },
        objects: { name: objects.store.name, status: await statusOf(objects.store) },
      },
    }),
    newRequestId: createIds(systemClock).uuid,
    maxBodyBytes: config.limits.maxBodyBytes,
    allowedOrigins: config.allowedOrigins,
    runtimeRoutes: runtimeRoutes(objects, metrics),
  });
  return {
    fetch: (request, env) => rest.fetch(request, env),
    draining: () => {
      draining = true;
    },
  };
}

/** What only Node serves: objects in files, and metrics. */
function runtimeRoutes({ handle }: NodeObjects, metrics: Metrics): RuntimeRoute[] {
  const routes: RuntimeRoute[] = [
    {
      path: '/metrics',
      methods: ['GET'],
      quiet: true,
      serve: async () => {
        const { body, contentType } = await metrics.render();
        return { ok: true, value: new Response(body, { headers: { 'content-type': contentType } }) };
      },
    },
  ];
  if (handle === null) return routes;
  const serve: RuntimeRoute['serve'] = async (request) => ({ ok: true, value: await handle(request) });
  return [...routes, { path: '/objects/*', methods: null, quiet: false, serve }];
}

async function statusOf(part: { check(): Promise<void> }): Promise<'ok' | 'unavailable'> {
  try {
    await part.check();
    return 'ok';
  } catch {
    return 'unavailable';
  }
}
