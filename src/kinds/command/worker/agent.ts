import { randomBytes } from 'node:crypto';
import { pauseAfter, type RetryPauses } from '../../../http/retry.ts';
import { pause } from '../../../http/pause.ts';
import { openCall, unauthenticated, type Call, type CallEnd } from './connection/call.ts';
import { closePipes, makePipes, type Pipes } from './execution/pipes.ts';
import { signalGroup } from './execution/process-group.ts';
import {
  connectPath,
  decodeTold,
  encodeSaying,
  msOf,
  type Assignment,
  type Registered,
  type Run,
  type Saying,
  type Told,
} from './messages.ts';
import { AgentRun } from './run.ts';
import type { AgentSettings } from './settings.ts';
import { UsageMeter } from './usage.ts';

/** How the agent ended. */
export interface AgentEnd {
  readonly isGood: boolean;
  /** One sentence. */
  readonly message: string;
}

const pauses: RetryPauses = { backoff: { firstMs: 100, maxMs: 5_000 }, maxRetryAfterMs: 5_000 };
const connectMs = 5_000;
const registerMs = 10_000;
const maxMessageBytes = 16 * 1_048_576;
/** Until a server has said otherwise. */
const defaultLeaseMs = 60_000;
const defaultHeartbeatMs = 10_000;
/** How long a server may take to end a session that the agent has ended. */
const partingMs = 1_000;
const minHeartbeatMs = 50;
/** How long a silent server may take to answer. */
const minAnswerMs = 500;
const maxAnswerMs = 5_000;
/** How often it looks whether it is an orphan, at least. */
const maxLookMs = 1_000;

/** Has a session with one of its servers, and carries out what they say. */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #version: string;
  readonly #report: (message: string) => void;
  readonly #usage: UsageMeter;
  /** By `nameOf`. */
  readonly #runs = new Map<string, AgentRun>();
  readonly #nonce = randomBytes(24).toString('hex');
  #token: string;
  #call: Call | null = null;
  #isRegistered = false;
  #leaseMs = defaultLeaseMs;
  #heartbeatMs = defaultHeartbeatMs;
  #heartbeats: NodeJS.Timeout | null = null;
  #heardAt = performance.now();
  #dropped = 0;
  #pipes: Promise<Pipes | null> | null = null;
  #drain: { readonly reason: string; readonly isOwn: boolean } | null = null;
  #end: AgentEnd | null = null;
  readonly #ended = new AbortController();

  constructor(settings: AgentSettings, version: string, report: (message: string) => void) {
    this.#settings = settings;
    this.#token = settings.token;
    this.#version = version;
    this.#report = report;
    this.#usage = new UsageMeter(settings.folder);
  }

  /** Resolves when it has finished: drained, refused, or without a server for too long. */
  async run(): Promise<AgentEnd> {
    const looks = setInterval(() => this.#look(), Math.min(maxLookMs, Math.max(20, this.#settings.orphanMs / 4)));
    const { servers } = this.#settings;
    let failures = 0;
    for (let at = Math.floor(Math.random() * servers.length); this.#end === null; at += 1) {
      const address = servers[at % servers.length]!;
      const end = await this.#session(address, () => (failures = 0));
      if (this.#end !== null) break;
      if (end.status === unauthenticated) {
        await this.#abandonAll();
        this.#finish({ isGood: false, message: `The server does not know this worker: ${end.message}` });
        break;
      }
      failures += 1;
      // The others may be there: only after a whole round without any there is a pause.
      const isRound = failures % servers.length === 0;
      const pauseMs = isRound ? pauseAfter(null, failures / servers.length, pauses) : 0;
      this.#report(`no session with ${address}: ${end.message}; the next try is in ${pauseMs} ms`);
      await pause(pauseMs, this.#ended.signal).catch(() => {});
    }
    clearInterval(looks);
    await this.#pipes?.then((pipes) => pipes !== null && closePipes(pipes));
    return this.#end!;
  }

  /** Ends the commands, sends their results, and then itself. A second time: kills them. */
  drain(reason: string): void {
    const isAgain = this.#drain?.isOwn ?? false;
    this.#drain = { reason, isOwn: true };
    if (!isAgain && this.#isRegistered) this.#say({ case: 'drain', value: { reason } });
    for (const run of this.#runs.values()) {
      const stop = { reason: 'stopped', message: reason } as const;
      if (isAgain) run.stop(stop, 0);
      else run.stop(stop);
    }
    this.#endIfDrained();
  }

  /** Takes no more jobs, and ends when it has none. */
  #retire(reason: string): void {
    if (this.#drain !== null) return;
    this.#drain = { reason, isOwn: true };
    this.#say({ case: 'drain', value: { reason } });
  }

  /** Kills all that it runs, at once. */
  kill(): void {
    for (const { marks } of this.#runs.values()) if (marks !== null) signalGroup(marks.pid, 'SIGKILL');
  }

  async #session(address: string, established: () => void): Promise<CallEnd> {
    const heard = (): void => {
      // What waited for a process that was frozen comes before its timers.
      this.#look();
      this.#heardAt = performance.now();
    };
    const call = openCall({
      address,
      tlsCa: this.#settings.tlsCa,
      path: connectPath,
      connectMs,
      maxMessageBytes,
      onHeard: () => this.#isRegistered && heard(),
      onMessage: (bytes) => {
        heard();
        const told = decodeTold(bytes);
        if (told.case === 'registered') established();
        this.#hear(told);
      },
    });
    this.#call = call;
    const late = setTimeout(() => this.#isRegistered || call.cancel(), registerMs);
    call.send(
      encodeSaying({
        case: 'register',
        value: {
          workerId: this.#settings.workerId,
          token: this.#token,
          nonce: this.#nonce,
          agentVersion: this.#version,
          runs: [...this.#runs.values()].map(({ held }) => held),
        },
      }),
    );
    // The connection takes a moment anyway.
    this.#pipes ??= makePipes(this.#settings.folder);
    const end = await call.ended;
    clearTimeout(late);
    if (this.#heartbeats !== null) clearInterval(this.#heartbeats);
    this.#isRegistered = false;
    this.#call = null;
    return end;
  }

  #hear(told: Told): void {
    const run = told.value !== undefined && 'run' in told.value ? this.#runOf(told.value.run) : undefined;
    switch (told.case) {
      case 'registered':
        return this.#registered(told.value);
      case 'assignment':
        return this.#assigned(told.value);
      case 'cancel': {
        const { reason, grace } = told.value;
        return run?.stop({ reason: 'canceled', message: reason }, msOf(grace, 10_000));
      }
      case 'logAck':
        return run?.logAcknowledged(Number(told.value.throughLine));
      case 'resultAck':
        return run?.resultAcknowledged();
      case 'uploadUrls':
        return run?.uploadsGranted(told.value.targets);
      case 'drain':
        this.#drain ??= { reason: told.value.reason, isOwn: false };
        return this.#endIfDrained();
      case 'rejected':
        if (told.value.run === undefined) this.#report(`refused: ${told.value.code}: ${told.value.message}`);
        return run?.rejected(told.value.code, told.value.message);
      case undefined:
      // Of a newer server.
    }
  }

  #registered({ sessionToken, heartbeatInterval, lease, logAcks }: Registered): void {
    this.#token = sessionToken || this.#token;
    this.#isRegistered = true;
    this.#leaseMs = msOf(lease, defaultLeaseMs);
    this.#heartbeatMs = Math.max(minHeartbeatMs, msOf(heartbeatInterval, defaultHeartbeatMs));
    this.#call?.watch(this.#heartbeatMs, Math.min(maxAnswerMs, Math.max(minAnswerMs, this.#leaseMs / 3)));
    this.#heartbeats = setInterval(() => void this.#heartbeat(), this.#heartbeatMs);
    if (this.#drain?.isOwn) this.#say({ case: 'drain', value: { reason: this.#drain.reason } });
    for (const run of this.#runs.values()) {
      const known = logAcks.find((each) => each.run !== undefined && nameOf(each.run) === nameOf(run.run));
      run.resume(Number(known?.throughLine ?? 0n));
    }
    this.#endIfDrained();
  }

  #assigned(assignment: Assignment): void {
    const { run } = assignment;
    if (run === undefined) return this.#report('an assignment without a run was left alone');
    const known = this.#runs.get(nameOf(run));
    if (known !== undefined) return known.resume(0);
    // The server assigns it to another worker when it is not accepted.
    if (this.#drain !== null) return this.#report(`job ${run.jobId} was not accepted: this worker ends`);
    const started = new AgentRun(assignment, run, {
      say: (message) => this.#say(message),
      folder: this.#settings.folder,
      environment: this.#settings.environment,
      pipes: () => this.#takePipes(),
      cleared: Promise.all([...this.#runs.values()].flatMap((each) => (each.hasEnded ? [each.over] : []))),
      report: this.#report,
    });
    this.#runs.set(nameOf(run), started);
    void started.over.then(() => {
      this.#runs.delete(nameOf(run));
      this.#dropped += started.dropped;
      if (!started.isClean) this.#retire(`job ${run.jobId} left files or processes that cannot be removed`);
      this.#endIfDrained();
    });
  }

  #runOf(run: Run | undefined): AgentRun | undefined {
    return run === undefined ? undefined : this.#runs.get(nameOf(run));
  }

  /** Those that were made meanwhile. */
  #takePipes(): Promise<Pipes | null> {
    const pipes = this.#pipes ?? makePipes(this.#settings.folder);
    this.#pipes = null;
    return pipes;
  }

  async #heartbeat(): Promise<void> {
    const runs = [...this.#runs.values()];
    const { cpuCores, ...bytes } = await this.#usage.read(runs.flatMap(({ marks }) => marks ?? []));
    if (!this.#isRegistered) return;
    const usage = { cpuCores, memoryBytes: BigInt(bytes.memoryBytes), diskBytes: BigInt(bytes.diskBytes) };
    const dropped = runs.reduce((sum, run) => sum + run.dropped, this.#dropped);
    this.#say({
      case: 'heartbeat',
      value: { runs: runs.map(({ held }) => held), usage, droppedLogs: BigInt(dropped) },
    });
  }

  #say(message: Saying): void {
    if (this.#isRegistered) this.#call?.send(encodeSaying(message));
  }

  #endIfDrained(): void {
    if (this.#drain === null || this.#runs.size > 0) return;
    this.#finish({ isGood: true, message: `The worker has stopped: ${this.#drain.reason || 'on request'}` });
  }

  /** Without a server for so long, its leases have ended: what it runs may be running elsewhere. */
  #look(): void {
    const silenceMs = performance.now() - this.#heardAt;
    if (silenceMs <= this.#leaseMs + this.#settings.orphanMs) return;
    const message = `No server was heard of for ${Math.round(silenceMs / 1_000)} s`;
    void this.#abandonAll().then(() => this.#finish({ isGood: false, message }));
  }

  async #abandonAll(): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const run of runs) run.abandon();
    await Promise.all(runs.map(({ over }) => over));
  }

  #finish(end: AgentEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#ended.abort();
    const call = this.#call;
    if (!end.isGood) return call?.cancel();
    // What was said is to get there.
    call?.end();
    setTimeout(() => call?.cancel(), partingMs).unref();
  }
}

/** Tokens are of their job alone. */
function nameOf({ jobId, token }: Pick<Run, 'jobId' | 'token'>): string {
  return `${jobId}/${token}`;
}
