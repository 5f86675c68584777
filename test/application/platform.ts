import { webGzip } from '../../src/application/logs/web-gzip.ts';
import { createApplication, type Application } from '../../src/application/application.ts';
import type { RequestContext } from '../../src/application/request.ts';
import type { Role } from '../../src/application/caller.ts';
import type { Dependencies, Settings } from '../../src/application/dependencies.ts';
import { expireJob } from '../../src/application/jobs/expire.ts';
import { createSignals } from '../../src/application/signals.ts';
import { TypeSettings } from '../../src/application/work/type-settings.ts';
import { Kinds } from '../../src/domain/kinds.ts';
import type { ImageSetApplication } from '../../src/kinds/image-set/application/application.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import { WakeUp } from '../../src/application/wake-up.ts';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import { imageSetModule } from '../../src/kinds/image-set/module.ts';
import type { Result } from '../../src/domain/errors.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { Logger } from '../../src/ports/world.ts';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';

export const settings: Settings = {
  publicUrl: 'http://waybill.test',
  uploadTimeLimitMs: 3_600_000,
  executionTimeLimitMs: 7_200_000,
  resultUrlSeconds: 600,
  verifyUploads: false,
  maxUploadBytes: 50 * 2 ** 20,
  keepWithObjectsMs: null,
  objectRetention: { results: null, inputs: null, discarded: null },
  maxDeliveries: 3,
  maxLostDeliveries: 2,
  batchConcurrency: 4,
  typesPerOwner: null,
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps what it is told. */
export function createMemoryLogger(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    void lines.push({ level, message, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface TestServer {
  readonly application: Application & Required<ImageSetApplication>;
  readonly clock: FakeClock;
  /** Notified when the outbox has something. */
  readonly outboxWakeUp: WakeUp;
  readonly queueWakeUp: WakeUp;
  expire(jobId: string, reason: string): Promise<Result<string>>;
}

/** One server's application over a store that others may use too. `seed` makes its ids its own. */
export function createTestServer(
  store: Store,
  options: { readonly clock?: FakeClock; readonly seed?: number; readonly outboxWakeUp?: WakeUp } = {},
): TestServer {
  const { clock = createFakeClock(), seed = 1, outboxWakeUp = new WakeUp() } = options;
  const signals = createSignals();
  const deps: Dependencies = {
    store,
    writePath: new WritePath({ store, clock, onStored: ({ outbox }) => outbox.length > 0 && outboxWakeUp.notify() }),
    objects: createMemoryObjects(clock),
    gzip: webGzip,
    clock,
    ids: createFakeIds(clock, seed),
    logger: createMemoryLogger(),
    settings,
    kinds: new Kinds([imageSet, task]),
    signals,
    types: new TypeSettings(store.work, clock),
    random: () => 0,
  };
  const runtime = imageSetModule.create(deps);
  const jobKinds = new Map([[imageSet.name, { ...runtime, ...imageSetModule }]]);
  const application = {
    ...createApplication(deps, jobKinds), ...(runtime.application as Required<ImageSetApplication>),
  };
  const expire: TestServer['expire'] = (jobId, reason) => expireJob(deps, jobId, reason);
  return { application, clock, outboxWakeUp, queueWakeUp: signals.messages, expire };
}

export function as(userId: string, ...roles: Role[]): RequestContext {
  return { caller: { userId, roles: roles.length === 0 ? ['user'] : roles }, correlationId: 'test', traceparent: null };
}

export const admin = as('root', 'admin');

/** What was asked for; a refusal fails the test. */
export async function accepted<T>(asked: Promise<Result<T>>): Promise<T> {
  const result = await asked;
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}

/** `ok`, or the code of the refusal. */
export function outcome(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.refusal.code;
}
