import { gzipSync } from 'node:zlib';
import type { Result } from '../../../domain/errors.ts';
import type { AgentSession, ToAgent } from '../application/agents.ts';
import type { FileToUpload, UploadTarget } from '../application/artifacts.ts';
import type { Run } from '../application/run.ts';
import type { CommandResult } from '../domain/types.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import { commandsOf } from './life.ts';
import type { Outside } from './outside.ts';

export type FromAgent =
  | { readonly type: 'heartbeat' }
  | { readonly type: 'accepted' | 'started'; readonly run: Run }
  | { readonly type: 'log'; readonly run: Run; readonly firstLine: number; readonly texts: readonly string[] }
  | { readonly type: 'upload'; readonly run: Run; readonly files: readonly FileToUpload[] }
  | { readonly type: 'result'; readonly run: Run; readonly result: CommandResult };

export type Heard =
  | ToAgent
  | {
      readonly type: 'registered';
      readonly sessionToken: string;
      readonly leaseMs: number;
      readonly heartbeatMs: number;
    }
  | { readonly type: 'alive' }
  | { readonly type: 'logAck'; readonly run: Run; readonly throughLine: number }
  | { readonly type: 'uploadUrls'; readonly run: Run; readonly targets: readonly UploadTarget[] }
  | { readonly type: 'resultAck'; readonly run: Run }
  | { readonly type: 'rejected'; readonly run: Run; readonly code: string; readonly retryable: boolean };

interface Hello {
  readonly workerId: string;
  readonly token: string;
  readonly runs: readonly Run[];
}

/**
 * What stands between an agent and a server, and what the server's transport does with it: messages arrive in order,
 * or not at all once it is cut; either side may notice that later than the other.
 */
export class Connection {
  readonly life: Life;
  readonly #outside: Outside;
  readonly #hear: (message: Heard) => void;
  readonly #lost: (code: string | null) => void;
  readonly #abort = new AbortController();
  #serving: Promise<void>;
  #session: AgentSession | null = null;
  #isOpen = true;
  /** When the last message gets there: to the server, and back. */
  #arrivals = { there: 0, back: 0 };

  /** `lost`: the agent notices that it is over, with the server's refusal if it was refused. */
  constructor(
    outside: Outside,
    life: Life,
    hello: Hello,
    agent: { readonly hear: (message: Heard) => void; readonly lost: (code: string | null) => void },
  ) {
    this.life = life;
    this.#outside = outside;
    this.#hear = agent.hear;
    this.#lost = agent.lost;
    this.#serving = Promise.resolve();
    this.#travel('there', () => this.#serve(() => this.#connect(hello)));
  }

  say(message: FromAgent): void {
    if (this.#isOpen) this.#travel('there', () => this.#serve(() => this.#answer(message)));
  }

  /** `later`: the server notices only then. */
  cut(serverNoticesMs = 0): void {
    this.#outside.agenda.after(serverNoticesMs, () => this.#abort.abort());
    this.#close(null, this.#outside.random.integer(0, 3_000));
  }

  #close(code: string | null, agentNoticesMs = 0): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#outside.agenda.after(agentNoticesMs, () => this.#lost(code));
  }

  #travel(way: 'there' | 'back', arrive: () => void): void {
    const { agenda, clock, random } = this.#outside;
    const at = Math.max(this.#arrivals[way], clock.now() + random.integer(1, random.chance(0.1) ? 1_500 : 60));
    this.#arrivals[way] = at;
    agenda.after(at - clock.now(), arrive);
  }

  /** One message after the other, as long as the server has the connection. */
  #serve(work: () => Promise<void>): void {
    this.#serving = this.#serving.then(async () => {
      if (this.life.dead || this.#abort.signal.aborted) return;
      this.#outside.point(this.life);
      if (this.life.dead) return;
      try {
        await work();
      } catch (error) {
        this.#outside.note(`  ${this.life.name} ends a connection: ${String(error)}`);
        this.#abort.abort();
        this.#close(null, 5);
      }
    });
  }

  async #connect({ workerId, token, runs }: Hello): Promise<void> {
    const nonce = `nonce of ${workerId}`;
    const connected = await commandsOf(this.life).agents.connect({
      workerId, token, nonce, runs, agentVersion: 'simulated',
    });
    if (!connected.ok) return this.#close(connected.refusal.code, 20);
    const session = connected.value;
    this.#session = session;
    const { sessionToken, leaseMs, heartbeatMs } = session;
    this.#reply({ type: 'registered', sessionToken, leaseMs, heartbeatMs });
    void this.#tell(session);
  }

  async #tell(session: AgentSession): Promise<void> {
    try {
      for await (const message of session.messages(this.#abort.signal)) this.#reply(message);
    } catch {
      this.#abort.abort();
      this.#close(null, 5);
    }
  }

  async #answer(message: FromAgent): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    switch (message.type) {
      case 'heartbeat':
        await session.heartbeat();
        return this.#reply({ type: 'alive' });
      case 'accepted':
        return this.#judge(message.run, await session.accepted(message.run));
      case 'started':
        return this.#judge(message.run, await session.started(message.run));
      case 'log': {
        const { run, firstLine, texts } = message;
        const at = this.#outside.clock.now();
        const lines = texts.map((text) => `${JSON.stringify({ at, stream: 'stdout', text })}\n`).join('');
        const body = gzipSync(lines);
        const stored = await session.log(run, { firstLine, lineCount: texts.length, body });
        return this.#judge(run, stored, (throughLine) => ({ type: 'logAck', run, throughLine }));
      }
      case 'upload': {
        const { run, files } = message;
        const granted = await session.uploads(run, files);
        return this.#judge(run, granted, (targets) => ({ type: 'uploadUrls', run, targets }));
      }
      case 'result': {
        const { run, result } = message;
        return this.#judge(run, await session.result(run, result), () => ({ type: 'resultAck', run }));
      }
    }
  }

  #judge<T>(run: Run, said: Result<T>, answer?: (value: T) => Heard): void {
    if (!said.ok) {
      const { code, retryable } = said.refusal;
      return this.#reply({ type: 'rejected', run, code, retryable });
    }
    if (answer !== undefined) this.#reply(answer(said.value));
  }

  #reply(message: Heard): void {
    this.#travel('back', () => {
      if (this.#isOpen) this.#hear(message);
    });
  }
}
