import { onJob } from '../../../application/operation.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { NewLogChunk } from '../../../ports/store/log-chunks.ts';
import { command } from '../domain/kind.ts';
import { executionPrefix } from '../domain/keys.ts';
import { boundedResult } from '../domain/result.ts';
import type { CommandCommand, CommandFields, CommandResult } from '../domain/types.ts';
import type { WorkerJob } from '../domain/worker/types.ts';
import { worker } from '../domain/worker/kind.ts';
import type { FileToUpload, UploadTarget } from './artifacts.ts';
import { artifactTargets, assignmentOf, type AgentAssignment } from './assignments.ts';
import type { CommandDependencies } from './dependencies.ts';
import type { Run } from './run.ts';
import { isValidated } from './sagas.ts';
import { changeWorker, findWorker, originOfWorker, tellWorker } from './workers.ts';

/** What an agent says of itself when it connects. */
export interface AgentHello {
  readonly workerId: string;
  readonly token: string;
  /** What the agent made up when it started, the same each time; 16 to 128 characters. */
  readonly nonce: string;
  /** At most 64 characters. */
  readonly agentVersion: string;
  /** Runs that it has. */
  readonly runs: readonly Run[];
}

export type ToAgent =
  | { readonly type: 'assignment'; readonly run: Run; readonly assignment: AgentAssignment }
  | { readonly type: 'cancel'; readonly run: Run; readonly graceMs: number; readonly reason: string }
  /** The lease is lost: end the run; its result is not needed. */
  | { readonly type: 'lost'; readonly run: Run }
  | { readonly type: 'drain'; readonly reason: string }
  /** Another connection of the agent has taken its place. */
  | { readonly type: 'replaced' };

const minNonceLength = 16;
const maxNonceLength = 128;
/** How often a session reads the store, because another server may have stored something for its agent. */
const pollMs = 500;

/** The server's side of agents; the transport carries what they say. */
export class Agents {
  readonly #deps: CommandDependencies;

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  async connect(hello: AgentHello): Promise<Result<AgentSession>> {
    const { tokens, writePath, fleet } = this.#deps;
    const { workerId, agentVersion } = hello;
    if (hello.nonce.length < minNonceLength || hello.nonce.length > maxNonceLength) {
      const length = `${minNonceLength} to ${maxNonceLength}`;
      return refuse('invalid_request', `The agent's nonce has ${hello.nonce.length} characters, and needs ${length}.`);
    }
    const sessionToken = await tokens.session(workerId);
    const [givenHash, tokenHash, nonceHash] = await Promise.all(
      [hello.token, sessionToken, hello.nonce].map((secret) => tokens.hash(secret)),
    ) as [string, string, string];
    const known = await findWorker(this.#deps, workerId);
    if (known === null) return notProved();
    const registered = await writePath.run({
      ...originOfWorker(known),
      reads: [ref.job(workerId), ...(known.parentId === null ? [] : [ref.job(known.parentId)])],
      decide: (draft): Result<WorkerJob> => {
        const job = draft.job(worker, workerId) as WorkerJob | null;
        if (job === null || !isProved(job, { givenHash, nonceHash })) return notProved();
        const after = draft.changeJob(worker, job, {
          type: 'register', tokenHash, nonceHash, agentVersion, leaseMs: fleet.settings.leaseMs,
        });
        return after.ok ? takeJob(draft, after.value as WorkerJob) : after;
      },
    });
    if (!registered.ok) return registered;
    const session = new AgentSession(this.#deps, registered.value, sessionToken, hello.runs);
    await session.heartbeat();
    return ok(session);
  }
}

/** The job that the worker was made for, if it can run by now. */
function takeJob(draft: Draft, job: WorkerJob): Result<WorkerJob> {
  if (job.state !== 'READY' || job.parentId === null) return ok(job);
  const served = draft.job(command, job.parentId);
  const { assignment } = served?.fields ?? { assignment: null };
  if (assignment?.workerId !== job.id || !isValidated(draft, assignment.executionSagaId)) return ok(job);
  const taken = changeWorker(draft, job.id, {
    type: 'take', jobId: job.parentId, settles: { sagaId: assignment.executionSagaId, step: 'AssignWorker' },
  });
  return taken.ok ? ok(taken.value ?? job) : taken;
}

/**
 * By its session's token, or by the one-time token of its provisioning: that is the first agent's to register with it,
 * who can say it again should the answer be lost, and is known by its nonce.
 */
function isProved(
  { input, fields: { session } }: WorkerJob,
  { givenHash, nonceHash }: { readonly givenHash: string; readonly nonceHash: string },
): boolean {
  if (session === null) return input.registrationHash === givenHash;
  return session.nonceHash === nonceHash && [session.tokenHash, input.registrationHash].includes(givenHash);
}

function notProved(): Extract<Result<never>, { ok: false }> {
  return refuse('unauthenticated', 'The worker is unknown, or this is not its token.');
}

/** One connection of an agent. */
export class AgentSession {
  readonly workerId: string;
  readonly sessionToken: string;
  readonly #deps: CommandDependencies;
  readonly #worker: WorkerJob;
  readonly #number: number;
  /** Runs that the agent has, by `nameOf`. */
  readonly #held: Map<string, Run>;

  constructor(deps: CommandDependencies, job: WorkerJob, sessionToken: string, runs: readonly Run[]) {
    this.#deps = deps;
    this.#worker = job;
    this.workerId = job.id;
    this.sessionToken = sessionToken;
    this.#number = job.fields.session?.number ?? 0;
    this.#held = new Map(runs.map((run) => [nameOf(run), run]));
  }

  get heartbeatMs(): number {
    return this.#deps.fleet.settings.heartbeatMs;
  }

  get leaseMs(): number {
    return this.#deps.fleet.settings.leaseMs;
  }

  /** The agent is alive: renews the leases of its worker and its runs. */
  async heartbeat(): Promise<void> {
    const { store, clock } = this.#deps;
    const { id, lease } = this.#worker;
    const leases = [...this.#held.values()].map(({ jobId, token }) => ({ jobId, token }));
    if (lease !== null) leases.push({ jobId: id, token: lease.token });
    await store.work.renew(leases, { now: clock.now(), leaseMs: this.leaseMs });
  }

  async accepted(run: Run): Promise<Result<unknown>> {
    this.#held.set(nameOf(run), run);
    await this.heartbeat();
    return this.#say(run, { type: 'accept', token: run.token });
  }

  started(run: Run): Promise<Result<unknown>> {
    return this.#say(run, { type: 'start', token: run.token });
  }

  async result(run: Run, result: CommandResult): Promise<Result<unknown>> {
    const { token } = run;
    const random = this.#deps.random();
    const said = await this.#say(run, (job) => (
      { type: 'finish', token, result: boundedResult(result, executionPrefix(job.ownerId, job.id, token)), random }
    ));
    if (said.ok) this.#held.delete(nameOf(run));
    return said;
  }

  /** Where files that the command left behind are to be uploaded. */
  uploads(run: Run, files: readonly FileToUpload[]): Promise<Result<readonly UploadTarget[]>> {
    return artifactTargets(this.#deps, run, files);
  }

  /** Answers up to which line the run's log is stored. */
  async log(run: Run, chunk: NewLogChunk): Promise<Result<number>> {
    const { jobId, token } = run;
    const written = await this.#deps.logs.append({ jobId, token }, chunk);
    return written.ok ? ok(written.value.lines) : written;
  }

  async drain(reason: string): Promise<Result<unknown>> {
    return tellWorker(this.#deps, this.#worker, { type: 'drain', reason });
  }

  #say(run: Run, said: CommandCommand | ((job: Job) => CommandCommand)): Promise<Result<unknown>> {
    const by = { origin: { actor: `worker:${this.workerId}`, correlationId: run.jobId }, admits: () => true };
    return onJob(this.#deps, command, run.jobId, by, (draft, job) => {
      if (job.lease?.workerId !== this.workerId) {
        return refuse('lease_lost', `Worker ${this.workerId} does not have job ${run.jobId}.`);
      }
      return draft.changeJob(command, job, typeof said === 'function' ? said(job) : said);
    });
  }

  /** The messages for the agent, as soon as they are known. Ends when none will follow, or the signal aborts. */
  async *messages(signal: AbortSignal): AsyncGenerator<ToAgent> {
    const { store, signals } = this.#deps;
    const told = new Set<string>();
    let isIdle = false;
    const watched = new Map<string, ReturnType<typeof signals.changes.watch>>();
    const watch = (jobId: string) => {
      const known = watched.get(jobId) ?? signals.changes.watch(jobId);
      watched.set(jobId, known);
      return known;
    };
    try {
      // A server that stops answers no wait any more.
      while (!signal.aborted && !signals.changes.closed) {
        const changes = watch(this.workerId);
        const seen = changes.count;
        const job = (await store.jobs.get(this.workerId)) as WorkerJob | null;
        if (job === null || job.fields.session?.number !== this.#number) return yield { type: 'replaced' };
        // Whoever schedules waits for it.
        if (job.state === 'READY' && !isIdle) signals.ready.ofKind(command.name).notify();
        isIdle = job.state === 'READY';
        const jobId = (job.fields.mayStart ? job.fields.jobId : null) ?? this.#heldJob();
        const jobChanges = jobId === null ? null : watch(jobId);
        const jobSeen = jobChanges?.count ?? 0;
        const served = jobId === null ? null : ((await store.jobs.get(jobId)) as Job<CommandFields> | null);
        for (const message of await this.#toTell(job, served)) {
          const name = `${message.type} ${'run' in message ? nameOf(message.run) : ''}`;
          if (told.has(name)) continue;
          told.add(name);
          yield message;
        }
        if (job.endedAt !== null) return;
        const waits = [changes.wait(pollMs, seen, signal)];
        if (jobChanges !== null) waits.push(jobChanges.wait(pollMs, jobSeen, signal));
        await Promise.race(waits);
      }
    } finally {
      for (const jobId of watched.keys()) signals.changes.unwatch(jobId);
    }
  }

  #heldJob(): string | null {
    return [...this.#held.values()][0]?.jobId ?? null;
  }

  /** By what is stored, whatever was told before. */
  async #toTell(job: WorkerJob, served: Job<CommandFields> | null): Promise<readonly ToAgent[]> {
    const messages: ToAgent[] = [];
    const lease = served?.lease?.workerId === this.workerId ? served.lease : null;
    for (const run of this.#held.values()) {
      if (run.jobId === served?.id && run.token === lease?.token) continue;
      messages.push({ type: 'lost', run });
      this.#held.delete(nameOf(run));
    }
    if (served !== null && lease !== null) {
      const run: Run = { jobId: served.id, attempt: served.attempt, token: lease.token };
      if (!this.#held.has(nameOf(run))) {
        const assignment = await assignmentOf(this.#deps, served);
        if (assignment.ok) messages.push({ type: 'assignment', run, assignment: assignment.value });
        else await this.#cannotRun(run, assignment.refusal.message);
      }
      if (served.fields.cancelRequested) {
        const { graceMs } = served.input as { graceMs: number };
        messages.push({ type: 'cancel', run, graceMs, reason: served.fields.cancelReason ?? '' });
      }
    }
    if (job.state === 'DRAINING' || job.endedAt !== null) {
      messages.push({ type: 'drain', reason: job.fields.endReason ?? 'It has ended.' });
    }
    return messages;
  }

  async #cannotRun(run: Run, message: string): Promise<void> {
    const failure = { reason: 'SECRET_INJECTION_ERROR', message } as const;
    await this.result(run, { exitCode: null, signal: null, failure, artifacts: [] });
  }
}

/** Tokens are of their job alone. */
function nameOf({ jobId, token }: Run): string {
  return `${jobId}/${token}`;
}
