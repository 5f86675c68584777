import { ok } from '../../src/domain/errors.ts';
import { presets } from '../../src/kinds/image-set/domain/concepts.ts';
import type { Schedules } from '../../src/application/schedules/schedules.ts';
import { kindModules, mountKinds, type KindApplications } from '../../src/main/kinds.ts';
import { imageSetJobs } from '../../src/kinds/image-set/contract/image-set-job.ts';
import { taskJobs } from '../../src/kinds/task/contract/task-examples.ts';
import { eventRoutes, historyRoutes, jobRoutes, routes, scheduleRoutes } from '../../src/main/routes.ts';
import type { RouteAnswer } from '../../src/contract/route.ts';
import { createAuthenticator } from '../../src/transports/access/authenticator.ts';
import { createRestApp, type RestDependencies } from '../../src/transports/rest/app.ts';
import type { NumberedLine } from '../../src/domain/log-line.ts';
import type { JobRequest } from '../../src/ports/store/job-requests.ts';
import type { LogView } from '../../src/application/logs/follow-log.ts';
import { commandAnswers } from './command-answers.ts';
import { productImageAnswers } from './product-image-answers.ts';
import { outreachAnswers } from './outreach-answers.ts';
import { submitAll, taskAnswers } from './task-answers.ts';
import { workAnswers } from './work-answers.ts';

export const jobId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
export const now = Date.parse('2026-11-22T09:30:00.000Z');
export const workerSecret = 'worker-secret-for-tests';

/** One call that reached the application: the method, and what it was given. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

const account = {
  account: {
    id: 'mira', plan: 'free', granted: 10, available: 7, reserved: 3, spent: 0, activeJobs: 1, usedRuleSlots: 0,
    failedItems: 0, failuresSince: 0,
    ledgerSequence: 2, version: 2, createdAt: now, updatedAt: now,
  },
  maxRuleSlots: 2,
  maxActiveJobs: 1,
};
const planLimits = { startingCredits: 10, runningJobs: 1, ruleSlots: 2, failedItemsPerHour: 50 };
const plan = { name: 'free', limits: planLimits, shipped: planLimits, updatedAt: null };
const rule = {
  id: jobId, accountId: 'mira', name: 'warm', presetId: null, concepts: {}, protect: [], createdAt: now, updatedAt: now,
};
const token = {
  id: jobId, userId: 'mira', roles: ['user'], name: 'importer', createdAt: now, expiresAt: null, revokedAt: null,
  lastUsedAt: null,
};
const person = { userId: 'mira', email: null, name: 'Mira', roles: ['user'] };
const user = { ...person, disabled: false, createdAt: now, updatedAt: now };
const login = { ...person, sessionId: 's', startedAt: now, tokensFrom: now };
const progress = { done: 1, failed: 0, total: 3 };

const imageSets = {
  submit: {
    jobId, status: 'created', confirmUrl: 'http://test',
    urls: [{ idx: 0, url: 'http://test/put', key: `inputs/mira/${jobId}/0.jpg` }],
  },
  confirmUpload: { jobId, status: 'uploaded' },
  execute: { jobId, status: 'queued' },
  recordItemResult: { jobId, status: 'running', progress },
  recordItemResults: { jobId, status: 'running', progress, refusals: [null, null] },
  inputs: [{ idx: 0, name: 'sofa.jpg', inputUrl: 'http://test/get' }, { idx: 1, name: null, inputUrl: null }],
  firstPictures: [{
    id: jobId, pictures: [{
      idx: 0, state: 'done', previewUrl: 'http://test/get', outputUrl: 'http://test/get', inputPreviewUrl: null,
      inputUrl: null,
    }],
  }],
  results: {
    jobId, failed: [{ idx: 1, name: 'chair.jpg', error: 'too large' }],
    delivered: [{
      idx: 0, name: 'sofa.jpg', key: `outputs/mira/${jobId}/0_result.png`, recordedAt: now, size: 3,
      read: async () => new Blob(['png']).stream(),
    }],
  },
};

const jobEvent = {
  jobId, kind: 'image-set', sequence: 1, occurredAt: now, actor: 'mira', correlationId: 'r1',
  body: { type: 'JobCreated', state: 'created', ownerId: 'mira', itemCount: 3, deadlineAt: now },
};

const jobs = {
  list: { jobs: [imageSetJobs.example.summary], nextCursor: null, total: 1, totalCapped: false },
  stats: [{ kind: 'task', status: 'pending', phase: 'waiting', count: 1, capped: false }],
  get: imageSetJobs.example.view,
  cancel: imageSetJobs.example.view,
  retry: taskJobs.example.view,
  sagas: [{
    id: jobId, type: 'PROVISIONING', state: 'failed', createdAt: now, endedAt: now,
    fields: {
      steps: [{
        name: 'CreateInfrastructure', state: 'failed', attempts: 3, undoAttempts: 0, startedAt: now, completedAt: now,
        output: null, error: { code: 'no_room', message: 'The host has no room.' },
      }],
      failure: { step: 'CreateInfrastructure', code: 'no_room', message: 'The host has no room.' },
    },
  }],
  history: {
    job: {
      jobId, kind: 'image-set', ownerId: 'mira', state: 'done', itemsTotal: 1, itemsDone: 1, itemsFailed: 0,
      costEstimate: 1, creditsSpent: 1, createdAt: now, startedAt: now, endedAt: now, error: null,
      fields: { preset: 'interior' },
    },
    items: [{
      jobId, idx: 0, state: 'done', inputKey: 'i', outputKey: 'k', previewKey: null, error: null,
      errorCode: null, confidence: 0.94, recordedAt: now,
    }],
    billing: [{ accountId: 'mira', sequence: 2, jobId, type: 'commit', amount: 1, occurredAt: now }],
  },
  events: { hasMore: false, entries: [jobEvent] },
};

/** As the feed has it. */
const followed = {
  events: [{ position: '7', event: jobEvent, bytes: 100, ownerId: 'mira', jobType: '', labels: {} }],
  position: '7',
  isBehind: false,
};

const logLine: NumberedLine = { number: 7, at: now, stream: 'err', attempt: 1, text: 'no such file' };

const auditEntry = {
  id: jobId, at: now, actor: 'root', address: null, credential: 'login', action: 'updateUser', target: 'mira',
  details: { roles: ['user'] },
};

const typeDay = {
  kind: 'task', type: 'report', ended: 2, failed: 1, wait: { p50: 40, p95: 90 }, run: null,
  hours: [{ ended: 2, failed: 1 }],
};

const accounts = {
  me: account,
  show: account,
  grant: account,
  ledger: [{
    accountId: 'mira', sequence: 1, type: 'grant', amount: 10, debit: 'granted', credit: 'available', jobId: null,
    note: 'plan free', job: null, at: now,
  }],
  days: [{ accountId: 'mira', day: 20_779, granted: 10, held: 3, spent: 2, returned: 1 }],
  list: [account],
};

/** What each method answers. */
const request: JobRequest = {
  id: jobId, ownerId: 'mira', body: '{"data":1}', createdAt: now,
  refused: { at: now, refusal: { code: 'invalid_request', message: 'The request is not valid: type is required.' } },
};

const answers = {
  imageSets,
  jobs,
  accounts,
  plans: { list: [plan], put: plan },
  audit: { list: { entries: [auditEntry], nextCursor: null } },
  typeTimes: { list: { from: now, types: [typeDay], truncated: false } },
  rules: { list: [rule], create: rule, get: rule, update: rule, delete: null },
  tokens: {
    create: { ...token, key: 'wb_test' }, list: { tokens: [token], nextCursor: null }, revoke: null,
    revokeAll: { revoked: 3 },
  },
  ...taskAnswers,
  requests: { list: [request], get: request, retry: { ...request, refused: null }, remove: null },
  ...commandAnswers,
  events: { follow: { [Symbol.asyncIterator]: () => [followed].values() } },
  logs: {
    page: { lines: [logLine], dropped: [{ from: 1, to: 6 }], nextAfter: null, lastLine: 7 },
    all: { [Symbol.asyncIterator]: () => [[logLine]].values() },
    file: {
      jobId, storageUri: 'file:///logs/a.ndjson.gz', sizeBytes: 30, entryCount: 1, downloadUrl: 'http://test/get',
      expiresAt: now,
    },
  },
  ...outreachAnswers,
  ...productImageAnswers,
  users: {
    setup: login, login, logout: null, logoutEverywhere: null,
    refresh: login, me: { ...person, hasPassword: true }, changePassword: login,
    list: [user], create: user, update: user, delete: { schedulesSwitchedOff: 1 },
  },
  queue: { pull: [], acknowledge: { acknowledged: 1, retried: 0, refused: [] }, extend: { expiresAt: now } },
};

/**
 * An application that says yes to everything and remembers what it was asked: enough for what the
 * transport does by itself. What the rules say to a request is tested over the real one.
 */
export function recordingApplication(calls: Call[]): WholeApplication {
  const part = (name: string, methods: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(methods).map(([method, value]) => [
        method,
        async (...args: unknown[]) => {
          calls.push({ method: `${name}.${method}`, args });
          return ok(value);
        },
      ]),
    );
  const parts = Object.fromEntries(Object.entries(answers).map(([name, methods]) => [name, part(name, methods)]));
  return {
    ...parts,
    logs: {
      ...parts['logs'],
      // Of the lines, what the asker wants to see of them.
      follow: async (...args: unknown[]) => {
        calls.push({ method: 'logs.follow', args });
        const view = args[3] as LogView<unknown>;
        return ok({ [Symbol.asyncIterator]: () => [view.of([{ type: 'line', line: logLine }])].values() });
      },
    },
    accounts: { ...parts['accounts'], plans: parts['plans'] },
    imageSets: { ...parts['imageSets'], presets: () => presets, preset: () => ok(presets[0]) },
    tasks: { ...parts['tasks'], submitAll },
    work: workAnswers,
    imageIntake: { ...parts['imageIntake'], verifySignature: async () => null },
    signUps: { anonymous: async () => ok({ userId: 'anon-1', sessionId: 's' }) },
    users: { ...parts['users'], needsSetup: async () => true },
    settings: (routes.listSettings.example.answer as RouteAnswer<typeof routes.listSettings>).settings,
    outboxSize: async () => 3,
    ready: async () => {},
  } as unknown as WholeApplication;
}

interface Logged {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The use cases of the core and of every kind. */
export type WholeApplication = RestDependencies['application'] &
  Required<KindApplications['imageSet']> &
  KindApplications['task'] & KindApplications['productImage'] &
  Omit<KindApplications['command'], 'agents'> & { readonly schedules: Schedules };

type Overrides = Omit<Partial<RestDependencies>, 'application'> & { readonly application?: WholeApplication };

export function startApp({ application: given, ...overrides }: Overrides = {}) {
  const calls: Call[] = [];
  const logged: Logged[] = [];
  const write = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    logged.push({ level, message, fields });
  };
  let requests = 0;
  const application = given ?? recordingApplication(calls);
  const app = createRestApp({
    application,
    // A new kind's routes are answered by what `recordingApplication` has under the names of its application.
    mounted: mountKinds(Object.fromEntries(Object.keys(kindModules).map((kind) => [kind, application]))),
    scheduleRoutes,
    routes,
    jobRoutes, eventRoutes, historyRoutes,
    authenticate: createAuthenticator({
      jwtSecret: 'jwt-secret-for-tests',
      devMode: true,
      findApiKey: async () => null,
      clock: { now: () => now },
    }),
    signLogin: async () => ({ token: 'a.b.c', expiresAt: now }),
    callbackSecrets: [workerSecret],
    publicUrl: 'http://waybill.test',
    version: '0.1.0',
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    signAnonymous: async () => ({ token: 'a.b.c', expiresAt: now }),
    setupGate: { problem: () => null, tokenNeeded: () => false },
    health: async () => ({
      uptimeSeconds: 1, parts: { store: { status: 'ok', name: 'sqlite' } }, database: { initialized: true },
      setup: { needed: false },
    }),
    newRequestId: () => `request-${++requests}`,
    ...overrides,
  });
  return { app, calls, logged };
}

export const asMira = { authorization: 'Bearer mira' };
export const asWorker = { 'x-gpu-callback-secret': workerSecret };

/** What every JSON answer looks like. */
export interface Answer {
  readonly success: boolean;
  readonly data?: any;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: { readonly fields?: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>;
  };
}

export async function json(response: Response | Promise<Response>): Promise<Answer> {
  return (await (await response).json()) as Answer;
}
