import { Hono } from 'hono';
import type { Application } from '../../application/application.ts';
import { accountRoutes } from '../../contract/accounts.ts';
import { historyRoutes } from '../../contract/history.ts';
import { imageSetRoutes } from '../../contract/image-set.ts';
import { jobRoutes } from '../../contract/jobs.ts';
import { queueRoutes } from '../../contract/queue.ts';
import { ruleRoutes } from '../../contract/rules.ts';
import { systemRoutes } from '../../contract/system.ts';
import { tokenRoutes } from '../../contract/tokens.ts';
import { internal } from './answer.ts';
import type { Authenticate } from './auth/authenticator.ts';
import { createSecretCheck } from './auth/secret.ts';
import { createCors } from './cors.ts';
import { addDocuments } from './docs/documents.ts';
import { exchanges, type RestEnv, type RestLog } from './exchange.ts';
import { accountHandlers } from './handlers/accounts.ts';
import { historyHandlers } from './handlers/history.ts';
import { imageSetHandlers } from './handlers/image-set.ts';
import { jobHandlers } from './handlers/jobs.ts';
import { queueHandlers } from './handlers/queue.ts';
import { ruleHandlers } from './handlers/rules.ts';
import { systemHandlers, type HealthReport } from './handlers/system.ts';
import { tokenHandlers } from './handlers/tokens.ts';
import { addRoutes, logFault, type ServeOptions } from './serve.ts';
import { unmatched } from './unmatched.ts';

export interface RestDependencies {
  readonly application: Application;
  readonly authenticate: Authenticate;
  /** Several while one takes over from another. With none, every worker's request is 401. */
  readonly callbackSecrets: readonly string[];
  /** Where clients reach this server; no trailing slash. */
  readonly publicUrl: string;
  readonly version: string;
  readonly logger: RestLog;
  readonly health: () => Promise<HealthReport>;
  /** 1 to 128 letters, digits and `-`. */
  readonly newRequestId: () => string;
  /** After every request; `route` is the template or "none". */
  readonly observe?: (route: string, method: string, status: number, seconds: number) => void;
  /** Largest request body; 1 MiB if left out. */
  readonly maxBodyBytes?: number;
  /** Origins whose pages may call, "*" for all; none if left out. */
  readonly allowedOrigins?: readonly string[];
  /** Whether 401 says that any user id is a token. */
  readonly devMode?: boolean;
}

/**
 * The REST transport. It runs wherever there is fetch: Node, Workers, tests (`app.request`). Routes
 * that are put on the app afterwards get request ids, headers, the log and CORS like its own.
 */
export function createRestApp(dependencies: RestDependencies): Hono<RestEnv> {
  const { application, logger: log, publicUrl, version, newRequestId, observe } = dependencies;
  const cors = createCors(dependencies.allowedOrigins ?? []);
  const app = new Hono<RestEnv>({ strict: false });
  app.use('*', exchanges({ log, cors, https: publicUrl.startsWith('https:'), newRequestId, observe }));
  const options: ServeOptions = {
    log,
    authenticate: dependencies.authenticate,
    isWorkerSecret: createSecretCheck(dependencies.callbackSecrets),
    maxBodyBytes: dependencies.maxBodyBytes ?? 1_048_576,
    devMode: dependencies.devMode ?? false,
  };
  addRoutes(app, options, systemRoutes, systemHandlers(dependencies));
  addRoutes(app, options, imageSetRoutes, imageSetHandlers(application.imageSets));
  addRoutes(app, options, jobRoutes, jobHandlers(application.jobs));
  addRoutes(app, options, historyRoutes, historyHandlers(application.jobs));
  addRoutes(app, options, accountRoutes, accountHandlers(application.accounts));
  addRoutes(app, options, ruleRoutes, ruleHandlers(application.rules));
  addRoutes(app, options, tokenRoutes, tokenHandlers(application.tokens));
  addRoutes(app, options, queueRoutes, queueHandlers(application.queue));
  addDocuments(app, { publicUrl, version });
  app.notFound(unmatched(app, cors !== null));
  app.onError((error, c) => {
    const exchange = c.get('exchange');
    logFault(log, exchange, error);
    return internal(exchange);
  });
  return app;
}
