import type { Hono } from 'hono';
import type { Application } from '../../application/application.ts';
import type { TypeTimes } from '../../application/times/times.ts';
import type { Audit } from '../../application/audit/audit.ts';
import type { Events } from '../../application/events/events.ts';
import type { Logs } from '../../application/logs/logs.ts';
import type { SignUps } from '../../application/users/sign-ups.ts';
import type { Schedules } from '../../application/schedules/schedules.ts';
import type { Users } from '../../application/users/users.ts';
import type { Webhooks } from '../../application/webhooks/webhooks.ts';
import { accountListRoutes, accountRoutes } from '../../contract/accounts.ts';
import { typeTimesRoutes } from '../../contract/type-times.ts';
import { auditRoutes } from '../../contract/audit.ts';
import { developerRoutes, type ConsoleRoutes } from '../../contract/console.ts';
import type { EventRoutes } from '../../contract/events.ts';
import type { HistoryRoutes } from '../../contract/history.ts';
import type { JobRoutes } from '../../contract/jobs.ts';
import { logRoutes } from '../../contract/logs.ts';
import type { Route, RouteTable } from '../../contract/route.ts';
import type { ScheduleRoutes } from '../../contract/schedules.ts';
import { outboxRoutes } from '../../contract/outbox.ts';
import { settingRoutes, type Setting } from '../../contract/settings.ts';
import { signUpRoutes } from '../../contract/sign-up.ts';
import { systemRoutes } from '../../contract/system.ts';
import { tokenRoutes } from '../../contract/tokens.ts';
import { userRoutes } from '../../contract/users.ts';
import { webhookRoutes } from '../../contract/webhooks.ts';
import { workerRoutes } from '../../contract/workers.ts';
import type { Authenticate } from '../access/authenticator.ts';
import { OpenRequests, type OpenRequestWatch } from '../access/open-requests.ts';
import type { SignAnonymous, SignLogin } from '../access/logins.ts';
import type { SetupGate } from './auth/setup-gate.ts';
import { createSecretCheck } from './auth/secret.ts';
import { createClientOf } from './client-address.ts';
import { addDocuments } from './documents.ts';
import { DirectRoutes } from './direct.ts';
import type { RestEnv } from './exchange.ts';
import { createFrame, type FrameOptions } from './frame.ts';
import type { AuditOptions } from '../access/audit-rule.ts';
import { typeTimesHandlers } from './handlers/type-times.ts';
import { auditHandlers } from './handlers/audit.ts';
import { accountHandlers, accountListHandlers } from './handlers/accounts.ts';
import { consoleHandlers, developerHandlers, type ConsoleFacts } from './handlers/console.ts';
import { eventHandlers } from './handlers/events.ts';
import { historyHandlers } from './handlers/history.ts';
import { jobHandlers } from './handlers/jobs.ts';
import { logHandlers } from './handlers/logs.ts';
import { scheduleHandlers } from './handlers/schedules.ts';
import { signUpHandlers } from './handlers/sign-up.ts';
import { systemHandlers, type HealthReport } from './handlers/system.ts';
import { tokenHandlers } from './handlers/tokens.ts';
import { userHandlers } from './handlers/users.ts';
import { webhookHandlers } from './handlers/webhooks.ts';
import { workerHandlers } from './handlers/workers.ts';
import { Permits } from '../access/permits.ts';
import { addRuntimeRoute, type RuntimeRoute } from './runtime-route.ts';
import type { VerifySignature } from './read-request.ts';
import { addRoutes, type HandlersFor, type Mounted, type ServeOptions } from './serve.ts';

export interface RestDependencies extends FrameOptions {
  /** The routes of what it has not are not there. */
  readonly application: Application & {
    readonly users?: Users;
    readonly signUps?: SignUps;
    readonly schedules?: Schedules;
    readonly webhooks?: Webhooks;
    readonly events?: Events;
    readonly logs?: Logs;
    readonly audit?: Audit;
    readonly typeTimes?: TypeTimes;
    readonly settings?: readonly Setting[];
    /** How many messages wait to be sent. */
    readonly outboxSize?: () => Promise<number>;
  };
  /** Those of the kinds of job. */
  readonly mounted: readonly Mounted[];
  /** Every route that there may be, in the order of the documents. */
  readonly routes: RouteTable;
  /** Those of them over the jobs of all kinds. */
  readonly jobRoutes: JobRoutes;
  readonly eventRoutes: EventRoutes;
  readonly historyRoutes: HistoryRoutes;
  /** Needed where the application has schedules. */
  readonly scheduleRoutes?: ScheduleRoutes;
  /** What the routes of the kinds are about, by their tag. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly authenticate: Authenticate;
  /** Left out: one loop watches all of them. */
  readonly openRequests?: OpenRequestWatch;
  /** Needed where the application has users. */
  readonly signLogin?: SignLogin;
  readonly setupGate?: SetupGate;
  /** Needed where people can sign up. */
  readonly signAnonymous?: SignAnonymous;
  /** Several while one takes over from another. With none, every worker's request is 401. */
  readonly callbackSecrets: readonly string[];
  /** Absent: nothing is remembered of who changed what. */
  readonly audit?: AuditOptions;
  readonly version: string;
  readonly health: () => Promise<HealthReport>;
  /** Largest request body; 1 MiB if left out. */
  readonly maxBodyBytes?: number;
  /** Largest file that is a request's body; 50 MiB if left out. */
  readonly maxFileBytes?: number;
  /** How long a body may take to come, in milliseconds; 30,000 if left out. */
  readonly bodyMs?: number;
  /** At once, streams and long polls left out; 0, or left out: no limit. */
  readonly maxRequestsPerUser?: number;
  /** Long polls at once; 0, or left out: no limit. */
  readonly maxWaitingPerUser?: number;
  /** Whether 401 says that any user id is a token. */
  readonly devMode?: boolean;
  /** Left out: the server has no console, and a page of its own at `/`. */
  readonly console?: { readonly routes: ConsoleRoutes; readonly facts: ConsoleFacts };
  /** What only this runtime serves. */
  readonly runtimeRoutes?: readonly RuntimeRoute[];
}

export type RestApp = Hono<RestEnv> & {
  /** For a server that answers most requests without the app. */
  readonly direct: DirectRoutes;
};

/**
 * The REST transport. It runs wherever there is fetch: Node, Workers, tests (`app.request`). To be served as it is,
 * not mounted on another app, whose answers to unknown paths and methods would then stand before its own.
 */
export function createRestApp(dependencies: RestDependencies): RestApp {
  const { application, logger: log, publicUrl, version } = dependencies;
  const https = publicUrl.startsWith('https:');
  const { app, exchanges, onFault } = createFrame(dependencies);
  const direct = new DirectRoutes(exchanges, dependencies.guard, onFault);
  const clientOf = createClientOf(dependencies.trustProxy ?? false, () => log.warn(untrusted));
  const options: ServeOptions = {
    log,
    authenticate: dependencies.authenticate,
    isWorkerSecret: createSecretCheck(dependencies.callbackSecrets),
    permits: permitsOf(dependencies),
    open: dependencies.openRequests ?? new OpenRequests(dependencies.authenticate),
    body: {
      maxBytes: dependencies.maxBodyBytes ?? 1_048_576,
      maxFileBytes: dependencies.maxFileBytes ?? 52_428_800,
      withinMs: dependencies.bodyMs ?? 30_000,
    },
    publicUrl,
    cookies: application.users !== undefined,
    devMode: dependencies.devMode ?? false,
    clientOf,
    ...(dependencies.audit !== undefined && { audit: dependencies.audit }),
  };
  const has = new Map<string, Route>();
  const add = <T extends RouteTable>(table: T, handlers: HandlersFor<T>, verify?: VerifySignature): void => {
    addRoutes(app, direct, options, table, handlers, verify);
    for (const name in table) has.set(name, table[name] as Route);
  };
  add(systemRoutes, systemHandlers(dependencies));
  for (const { table, handlers, verifySignature } of dependencies.mounted) add(table, handlers, verifySignature);
  if (application.schedules) {
    if (dependencies.scheduleRoutes === undefined) throw new TypeError('schedules need scheduleRoutes');
    add(dependencies.scheduleRoutes, scheduleHandlers(application.schedules));
  }
  if (application.webhooks) add(webhookRoutes, webhookHandlers(application.webhooks));
  add(dependencies.jobRoutes, jobHandlers(application.jobs, dependencies.jobRoutes));
  if (application.logs) add(logRoutes, logHandlers(application.logs));
  add(dependencies.historyRoutes, historyHandlers(application.jobs));
  if (application.events) add(dependencies.eventRoutes, eventHandlers(application.events));
  add(accountRoutes, accountHandlers(application.accounts));
  const { list, plans } = application.accounts;
  if (list !== undefined && plans !== undefined) add(accountListRoutes, accountListHandlers({ list, plans }));
  addAdministration(add, application);
  add(tokenRoutes, tokenHandlers(application.tokens));
  if (application.users) {
    const { signLogin: sign, setupGate: gate } = dependencies;
    if (sign === undefined || gate === undefined) throw new TypeError('users need signLogin and setupGate');
    add(userRoutes, userHandlers(application.users, { sign, gate, https }));
  }
  const { devMode = false } = dependencies;
  if (dependencies.console) {
    const { routes, facts } = dependencies.console;
    const shown = { version, devMode, ...facts, features: featuresOf(dependencies) };
    add(routes, consoleHandlers(shown, { authenticate: dependencies.authenticate, me: application.users?.me }));
  }
  if (devMode && application.users) add(developerRoutes, developerHandlers(dependencies.authenticate, https));
  if (application.signUps) {
    if (dependencies.signAnonymous === undefined) throw new TypeError('sign-ups need signAnonymous');
    add(signUpRoutes, signUpHandlers(application.signUps, dependencies.signAnonymous));
  }
  if (application.workers) add(workerRoutes, workerHandlers(application.workers));
  const shown = documented(dependencies.routes, has, dependencies.guard !== undefined);
  const documents = { publicUrl, version, routes: shown, tags: dependencies.tags ?? {} };
  const { runtimeRoutes = [] } = dependencies;
  const hasGuides = runtimeRoutes.some(({ path }) => path === '/docs/*');
  addDocuments(app, documents, { withHome: dependencies.console === undefined, hasGuides });
  for (const route of runtimeRoutes) addRuntimeRoute(app, route, clientOf);
  return Object.assign(app, { direct });
}

type Add = <T extends RouteTable>(table: T, handlers: HandlersFor<T>) => void;

/** What shows a server to those who run it. */
function addAdministration(
  add: Add, { audit, typeTimes, settings, outboxSize }: RestDependencies['application'],
): void {
  if (typeTimes) add(typeTimesRoutes, typeTimesHandlers(typeTimes));
  if (audit) add(auditRoutes, auditHandlers(audit));
  if (settings) add(settingRoutes, { listSettings: async () => ({ ok: true, value: { settings } }) });
  if (!outboxSize) return;
  add(outboxRoutes, { showOutbox: async () => ({ ok: true, value: { messages: await outboxSize() } }) });
}

/** What pages ask for before they show it. */
function featuresOf({ application, runtimeRoutes = [] }: RestDependencies): string[] {
  const { schedules, webhooks, events, logs, workers, users, settings, accounts } = application;
  const has = {
    schedules, webhooks, events, logs, workers, users, settings, accounts: accounts.list,
    metrics: runtimeRoutes.find(({ path }) => path === '/metrics'),
  };
  return Object.entries(has).filter(([, part]) => part !== undefined).map(([name]) => name);
}

const untrusted =
  'a request came through a proxy, all of whose clients count as one address, for tries with passwords too: ' +
  'set TRUST_PROXY=true if clients reach this server through it only';

function permitsOf({ maxRequestsPerUser = 0, maxWaitingPerUser = 0 }: RestDependencies): ServeOptions['permits'] {
  const limits = { inAll: 0, retryAfterSeconds: 1 };
  return {
    requests: new Permits({ ...limits, what: 'request', perUser: maxRequestsPerUser }),
    waiting: new Permits({ ...limits, what: 'long poll', perUser: maxWaitingPerUser }),
  };
}

/** The routes that are there, in the documents' order; with what a guard may say to any of them. */
function documented(order: RouteTable, has: ReadonlyMap<string, Route>, isGuarded: boolean): RouteTable {
  const those = Object.keys(order).flatMap((name) => {
    const route = has.get(name);
    return route === undefined ? [] : [[name, route] as const];
  });
  if (!isGuarded) return Object.fromEntries(those);
  const guarded = ({ errors, ...route }: Route): Route => ({ ...route, errors: [...new Set(errors).add('forbidden')] });
  return Object.fromEntries(those.map(([name, route]) => [name, guarded(route)]));
}
