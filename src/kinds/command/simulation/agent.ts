import type { AgentAssignment } from '../application/assignments.ts';
import type { Run } from '../application/run.ts';
import { readPlan, runName } from './life.ts';
import { Connection, type FromAgent, type Heard } from './connection.ts';
import type { Outside } from './outside.ts';
import { ofExit, resultOf, SimulatedRun } from './run.ts';

const orphanMs = 30_000;
const lookMs = 1_000;

/**
 * The program in a worker, as far as servers see it. Everything that it does happens only while it is not frozen; what
 * it hears meanwhile it hears afterwards. Its commands run on.
 */
export class SimulatedAgent {
  readonly workerId: string;
  alive = true;
  readonly #outside: Outside;
  readonly #exited: (exitCode: number) => void;
  readonly #runs = new Map<string, SimulatedRun>();
  #token: string;
  #connection: Connection | null = null;
  #heardAt: number;
  #leaseMs = 60_000;
  #heartbeatMs = 10_000;
  #isRegistered = false;
  #isDrained = false;
  /** Null while it is not frozen. */
  #held: (() => void)[] | null = null;

  constructor(outside: Outside, workerId: string, token: string, exited: (exitCode: number) => void) {
    this.#outside = outside;
    this.workerId = workerId;
    this.#token = token;
    this.#exited = exited;
    this.#heardAt = outside.clock.now();
  }

  boot(): void {
    const { random, isWild } = this.#outside;
    if (isWild && random.chance(0.05)) return this.later(random.integer(0, 3_000), () => this.#exit(1));
    this.later(random.integer(50, isWild && random.chance(0.1) ? 25_000 : 1_500), () => this.#connect());
    this.later(lookMs, () => this.#look());
  }

  freeze(): void {
    this.#held ??= [];
  }

  thaw(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const work of held) this.do(work);
  }

  /** It and its commands are gone. */
  kill(): void {
    this.alive = false;
    this.#connection?.cut();
    for (const run of this.#runs.values()) run.die();
  }

  cut(): void {
    const { random } = this.#outside;
    this.#connection?.cut(random.chance(0.5) ? 0 : random.integer(0, 20_000));
  }

  later(ms: number, work: () => void): void {
    this.#outside.agenda.after(ms, () => this.do(work));
  }

  do(work: () => void): void {
    if (!this.alive) return;
    if (this.#held === null) work();
    else this.#held.push(work);
  }

  #exit(exitCode: number): void {
    this.#exited(exitCode);
  }

  #connect(): void {
    const { random } = this.#outside;
    const life = this.#outside.anyLife();
    if (life === null) return this.later(random.integer(500, 2_000), () => this.#connect());
    this.#outside.note(`  agent ${this.workerId} connects to ${life.name}`);
    const runs = [...this.#runs.values()].map(({ run }) => run);
    const connection = new Connection(this.#outside, life, { workerId: this.workerId, token: this.#token, runs }, {
      hear: (message) => this.do(() => void (this.#connection === connection && this.#hear(message))),
      lost: (code) => this.do(() => void (this.#connection === connection && this.#lost(code))),
    });
    this.#connection = connection;
    // A server that does not answer is left.
    this.later(10_000, () => {
      if (this.#connection === connection && !this.#isRegistered) connection.cut();
    });
  }

  #lost(code: string | null): void {
    this.#connection = null;
    this.#isRegistered = false;
    if (code === 'unauthenticated') return this.#exit(1);
    this.later(this.#outside.random.integer(100, 3_000), () => this.#connect());
  }

  #look(): void {
    const { clock, random } = this.#outside;
    // A connection to a server that is dead is noticed sooner or later.
    if (this.#connection?.life.dead === true && random.chance(0.3)) this.#connection.cut();
    if (clock.now() - this.#heardAt > this.#leaseMs + orphanMs) return this.#exit(1);
    this.later(lookMs, () => this.#look());
  }

  #beat(connection: Connection): void {
    if (this.#connection !== connection) return;
    connection.say({ type: 'heartbeat' });
    this.later(this.#heartbeatMs, () => this.#beat(connection));
  }

  #hear(message: Heard): void {
    this.#heardAt = this.#outside.clock.now();
    const run = 'run' in message ? this.#runs.get(runName(message.run)) : undefined;
    switch (message.type) {
      case 'registered':
        return this.#registered(message);
      case 'assignment':
        return this.#assigned(message.run, message.assignment);
      case 'cancel':
        return run?.stop('SIGTERM', Math.min(message.graceMs, this.#outside.random.integer(0, 12_000)));
      case 'logAck':
        return run?.logAcknowledged(message.throughLine);
      case 'uploadUrls':
        return run?.uploadsGranted(message.targets);
      case 'resultAck':
        return run?.resultAcknowledged();
      case 'lost':
        return run?.abandon();
      case 'rejected':
        if (message.code === 'lease_lost') return run?.abandon();
        return run?.rejected(message.retryable);
      case 'drain':
        this.#isDrained = true;
        return this.#endIfDrained();
      case 'alive':
      case 'replaced':
    }
  }

  #registered({ sessionToken, leaseMs, heartbeatMs }: Heard & { readonly type: 'registered' }): void {
    this.#token = sessionToken;
    this.#isRegistered = true;
    [this.#leaseMs, this.#heartbeatMs] = [leaseMs, heartbeatMs];
    const connection = this.#connection;
    if (connection !== null) this.later(heartbeatMs, () => this.#beat(connection));
    for (const run of this.#runs.values()) run.resume();
    this.#endIfDrained();
  }

  #assigned(run: Run, { input: { command, timeoutMs }, secrets, files }: AgentAssignment): void {
    const known = this.#runs.get(runName(run));
    if (known !== undefined) return known.resume();
    if (this.#isDrained) return;
    for (const value of Object.values(secrets)) {
      this.#outside.secrets.given(run, value);
      this.#outside.tally.count('command: a secret was given');
    }
    for (const { url } of files) {
      this.#outside.watch(this.#outside.files.assertInput(url));
      this.#outside.tally.count('command: an input was there');
    }
    this.#repeatEarlier(run);
    this.#runs.set(runName(run), new SimulatedRun(this.#outside, {
      run, workerId: this.workerId, plan: readPlan(command), timeoutMs,
      later: (ms, work) => this.later(ms, work),
      say: (message) => void (this.#isRegistered && this.#connection?.say(message)),
      over: () => {
        this.#runs.delete(runName(run));
        this.#endIfDrained();
      },
    }));
  }

  /** Says that it runs, and how it ended, what another agent has been given. */
  claim(run: Run): void {
    this.do(() => {
      if (!this.#isRegistered) return;
      this.#connection?.say({ type: 'started', run });
      this.#connection?.say({ type: 'result', run, result: resultOf(run, ofExit(0)) });
    });
  }

  /** What was said of the job's executions before this one arrives once more, late, and from whoever has it now. */
  #repeatEarlier({ jobId, token }: Run): void {
    const { random, book, isWild } = this.#outside;
    if (!isWild) return;
    for (const { run, lines, result } of book.runs.values()) {
      if (run.jobId !== jobId || run.token >= token || random.chance(0.3)) continue;
      const say = (message: FromAgent) =>
        this.later(random.integer(0, 4_000), () => void (this.#isRegistered && this.#connection?.say(message)));
      say({ type: 'started', run });
      say({ type: 'log', run, firstLine: lines + 1, texts: [`${run.token}:${lines + 1}`] });
      say({ type: 'result', run, result: result ?? resultOf(run, ofExit(0)) });
    }
  }

  #endIfDrained(): void {
    if (this.#isDrained && this.#runs.size === 0) this.later(100, () => this.#exit(0));
  }
}
