import { createEngine, type Engine } from '../../src/services/engine.ts';
import { webGzip } from '../../src/application/logs/web-gzip.ts';
import { WakeUp } from '../../src/application/wake-up.ts';
import type { RequestContext } from '../../src/application/request.ts';
import type { Job } from '../../src/domain/job/job.ts';
import type { FleetParts } from '../../src/ports/fleet.ts';
import {
  ProviderFailure, type Provider, type WorkerSpec, type WorkerStatus,
} from '../../src/ports/provider.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { AgentSession, ToAgent } from '../../src/kinds/command/application/agents.ts';
import type { Run } from '../../src/kinds/command/application/run.ts';
import type { CommandFields, CommandResult } from '../../src/kinds/command/domain/types.ts';
import type { WorkerJob } from '../../src/kinds/command/domain/worker/types.ts';
import { noPool, type WarmPool } from '../../src/kinds/command/domain/warm-pool.ts';
import { commandModule } from '../../src/kinds/command/module.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { createIds } from '../../src/main/node/world.ts';
import { createMemoryLogger, settings } from '../application/platform.ts';

const systemClock = { now: () => Date.now() };

/** Goes on by itself, and leaps when it is told to. */
export class LeapingClock {
  #leaptMs = 0;

  now(): number {
    return Date.now() + this.#leaptMs;
  }

  leap(ms: number): void {
    this.#leaptMs += ms;
  }
}

export const operator: RequestContext = {
  caller: { userId: 'ada', roles: ['user', 'operator'] }, correlationId: 'request-1', traceparent: null,
};

/** What there is of one worker at the provider. */
interface Made {
  readonly spec: WorkerSpec;
  status: WorkerStatus;
}

/** A provider whose workers are started and ended by hand; it keeps to its contract, and to its capacity. */
export class FakeProvider implements Provider {
  readonly type = 'fake';
  readonly capabilities = { images: true, limits: true, gpu: false, networkModes: [] };
  readonly made = new Map<string, Made>();
  /** Every worker that was ever made. */
  readonly everMade: string[] = [];
  most = 0;
  /** How often it was asked for all of them. */
  lists = 0;
  failure: ProviderFailure | null = null;
  /** After how long each call would have removed what is abandoned. */
  readonly removals: number[] = [];
  healthy = true;
  /** Absent: every server reaches it. */
  site?: () => Promise<string>;
  /** Called with each worker that is made; what it does is the agent. */
  onMade: (spec: WorkerSpec) => void = () => {};
  #onEnded: (workerId: string, status: WorkerStatus) => void = () => {};

  serverHost(): string {
    return '127.0.0.1';
  }

  async provision(spec: WorkerSpec) {
    if (this.failure !== null) throw this.failure;
    if (!this.made.has(spec.workerId)) {
      this.made.set(spec.workerId, { spec, status: { state: 'running' } });
      this.everMade.push(spec.workerId);
      this.most = Math.max(this.most, this.made.size);
      queueMicrotask(() => this.onMade(spec));
    }
    return { workerId: spec.workerId, resourceId: `fake-${spec.workerId}`, createdAt: Date.now() };
  }

  async inspect(workerId: string): Promise<WorkerStatus> {
    return this.made.get(workerId)?.status ?? { state: 'gone' };
  }

  async terminate(workerId: string): Promise<void> {
    this.made.delete(workerId);
  }

  async list() {
    this.lists += 1;
    return [...this.made.keys()].map((workerId) => ({ workerId, resourceId: `fake-${workerId}`, createdAt: null }));
  }

  async removeAbandoned(afterMs: number): Promise<readonly string[]> {
    this.removals.push(afterMs);
    throw new Error('it does not answer');
  }

  async test() {
    return { healthy: this.healthy, message: this.healthy ? 'It is there.' : 'It is not there.', latencyMs: 1 };
  }

  watch(onEnded: (workerId: string, status: WorkerStatus) => void) {
    this.#onEnded = onEnded;
    return { stop: async () => {} };
  }

  async close(): Promise<void> {}

  /** The worker ends by itself. */
  kill(workerId: string): void {
    const made = this.made.get(workerId);
    if (made === undefined) throw new Error(`there is no worker ${workerId}`);
    made.status = { state: 'exited', exitCode: 137, signal: null, outOfMemory: false, reason: null };
    this.#onEnded(workerId, made.status);
  }
}

type CommandEngine = Engine<{ command: typeof commandModule }>;

/** A server that runs command jobs at a fake provider. */
export class Yard {
  readonly provider: FakeProvider;
  readonly engine: CommandEngine;
  readonly logger = createMemoryLogger();
  /** Of agents that `agent` runs. */
  readonly #agents = new Set<Promise<void>>();
  readonly #wakeUps: WakeUp[] = [];

  constructor(store: Store, provider = new FakeProvider(), clock: { now(): number } = systemClock) {
    this.provider = provider;
    const fleet: FleetParts = {
      providerTypes: [{ name: 'fake', problems: () => null, make: async () => provider }],
      agentServers: (host) => `${host}:50051`,
      agentTlsCa: null,
      key: new Uint8Array(32).fill(7),
      settings: {
        registerWithinMs: 30_000, leaseMs: 30_000, heartbeatMs: 5_000, sweepMs: 15_000,
        defaultTimeoutMs: 60_000, maxTimeoutMs: 3_600_000, uploadStallMs: 300_000, uploadWithinMs: 3_600_000,
        keepWorkersMs: 86_400_000, workerLifetimeMs: 7_200_000,
      },
    };
    this.engine = createEngine({
      kinds: { command: commandModule }, wakeUp: () => this.#wakeUp(), store, clock,
      objects: createMemoryObjects(createFakeClock()), gzip: webGzip, ids: createIds(clock),
      logger: this.logger, settings, random: Math.random, keepJobsMs: null, fleet,
    });
  }

  get commands() {
    return this.engine.applications.command;
  }

  #wakeUp(): WakeUp {
    const made = new WakeUp();
    this.#wakeUps.push(made);
    return made;
  }

  /** Every service looks at what there is now. */
  wake(): void {
    for (const wakeUp of this.#wakeUps) wakeUp.notify();
  }

  async start(): Promise<void> {
    for (const service of this.engine.services) service.start();
  }

  async stop(): Promise<void> {
    this.engine.quiesce();
    await Promise.all(this.engine.services.map((service) => service.stop()));
    await Promise.all(this.#agents);
    await this.engine.deps.writePath.drain();
  }

  async register(maxWorkers = 8, pool: Partial<WarmPool> = {}): Promise<void> {
    const made = await this.commands.providers.register(operator, {
      name: 'yard', type: 'fake', config: {}, status: 'ACTIVE', priority: 0, maxWorkers,
      pool: { ...noPool, ...pool }, labels: {},
    });
    if (!made.ok) throw new Error(made.refusal.message);
  }

  async submit(command: string, changes: object = {}, as = operator): Promise<string> {
    const made = await this.commands.commands.submit(as, { name: 'test', command, ...changes });
    if (!made.ok) throw new Error(made.refusal.message);
    return made.value.job.id;
  }

  async job(id: string): Promise<Job<CommandFields>> {
    return (await this.engine.deps.store.jobs.get(id)) as Job<CommandFields>;
  }

  async until(id: string, test: (job: Job<CommandFields>) => boolean): Promise<Job<CommandFields>> {
    const { changes } = this.engine.deps.signals;
    const watched = changes.watch(id);
    try {
      for (let tries = 0; tries < 200; tries++) {
        const seen = watched.count;
        const job = await this.job(id);
        if (job !== null && test(job)) return job;
        await watched.wait(50, seen);
      }
      const job = await this.job(id);
      throw new Error(`job ${id} is ${job?.state}: ${JSON.stringify(job?.fields)}`);
    } finally {
      changes.unwatch(id);
    }
  }

  async connect({ workerId, agentEnvironment }: WorkerSpec, runs: readonly Run[] = []): Promise<AgentSession> {
    const token = agentEnvironment['WAYBILL_AGENT_TOKEN'] ?? '';
    const connected = await this.commands.agents.connect({
      workerId, token, nonce: `nonce-of-${workerId}`, agentVersion: 'test', runs,
    });
    if (!connected.ok) throw new Error(connected.refusal.message);
    return connected.value;
  }

  async workers(state: string): Promise<readonly WorkerJob[]> {
    const scopes = [{ kind: 'worker', ownerId: null }];
    return (await this.engine.deps.store.jobs.list({ scopes, state, limit: 1_000, whole: true })) as never;
  }

  /** An agent that runs commands by calling `run`, until it is told to drain. */
  agent(
    spec: WorkerSpec,
    run: (message: ToAgent & { type: 'assignment' }) => Promise<CommandResult | null>,
  ): Promise<void> {
    const agent = this.#agent(spec, run).finally(() => this.#agents.delete(agent));
    this.#agents.add(agent);
    return agent;
  }

  async #agent(spec: WorkerSpec, run: (message: ToAgent & { type: 'assignment' }) => Promise<CommandResult | null>) {
    const session = await this.connect(spec);
    for await (const message of session.messages(new AbortController().signal)) {
      if (message.type === 'drain' || message.type === 'replaced') return;
      if (message.type !== 'assignment') continue;
      for (const said of [await session.accepted(message.run), await session.started(message.run)]) {
        if (!said.ok) return;
      }
      const result = await run(message);
      if (result !== null) await session.result(message.run, result);
    }
  }
}

export const succeeded: CommandResult = { exitCode: 0, signal: null, failure: null, artifacts: [] };
export const failed: CommandResult = {
  exitCode: 7, signal: null, artifacts: [],
  failure: { reason: 'NON_ZERO_EXIT_CODE', message: 'It ended with exit code 7.' },
};
