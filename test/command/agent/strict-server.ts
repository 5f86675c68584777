import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Server, ServerCredentials, status, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  AssignmentSchema,
  RunSchema,
  type AgentHeartbeat,
  type AgentRegister,
  type LogBatch,
  type Run,
  type RunResult,
  type UploadRequest,
} from '../../../src/contract/proto/generated/waybill/v1/agent_pb.ts';
import {
  ConnectRequestSchema,
  ConnectResponseSchema,
  WorkerAgentService,
  type ConnectRequest,
} from '../../../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';

interface Line {
  readonly number: number;
  readonly at: number;
  readonly stream: string;
  readonly text: string;
}

/** What a server has stored of a run; lives on in the journal. */
interface Stored {
  accepted: number;
  readonly started: string[];
  readonly lines: Line[];
  lastLine: number;
  result: string | null;
}

export type AssignmentInit = MessageInitShape<typeof AssignmentSchema>;
type Answer = MessageInitShape<typeof ConnectResponseSchema>['message'];
type Stream = ServerDuplexStream<Buffer, Buffer>;

interface Options {
  readonly port?: number;
  /** Where what is stored is written before it is acknowledged, and read when the server starts. */
  readonly journal?: string;
  readonly heartbeatMs?: number;
  readonly leaseMs?: number;
  readonly registrationToken?: string;
}

export const registrationToken = 'the-registration-token';
export const sessionToken = 'the-session-token';

/** A server for one agent. It keeps to the protocol, and notes what the agent does against it. */
export class StrictServer {
  readonly faults: string[] = [];
  readonly registers: AgentRegister[] = [];
  readonly heartbeats: AgentHeartbeat[] = [];
  readonly results: RunResult[] = [];
  readonly uploadRequests: UploadRequest[] = [];
  readonly batches: LogBatch[] = [];
  readonly stored = new Map<string, Stored>();
  readonly drains: string[] = [];
  /** Decides what becomes of a message; false: it is neither stored nor answered. */
  admits: (message: ConnectRequest['message']) => boolean = () => true;
  /** Answers upload requests. */
  uploadUrl: (path: string) => string = () => 'http://127.0.0.1:1/';
  port = 0;
  readonly #options: Options;
  readonly #server = new Server({ 'grpc.keepalive_time_ms': 1_000, 'grpc.keepalive_timeout_ms': 1_000 });
  readonly #assignments: AssignmentInit[] = [];
  readonly #waiting = new Set<() => void>();
  #stream: Stream | null = null;
  #isRegistered = false;
  #hasSession = false;
  readonly #sentBodies = new Map<string, string>();
  readonly #unacknowledged = new Map<string, string>();

  constructor(options: Options = {}) {
    this.#options = options;
    const { journal } = options;
    if (journal !== undefined && existsSync(journal)) {
      for (const line of readFileSync(journal, 'utf8').split('\n').filter(Boolean)) {
        const [key, entry] = JSON.parse(line) as [string, Partial<Stored> & { session?: boolean }];
        if (entry.session) this.#hasSession = true;
        else this.#merge(key, entry);
      }
    }
  }

  async start(): Promise<this> {
    const method = WorkerAgentService.method.connect;
    const plain = (bytes: Buffer): Buffer => bytes;
    const path = `/${WorkerAgentService.typeName}/${method.name}`;
    this.#server.register<Buffer, Buffer>(path, (stream: Stream) => this.#connected(stream), plain, plain, 'bidi');
    this.port = await new Promise<number>((resolve, reject) => {
      const address = `127.0.0.1:${this.#options.port ?? 0}`;
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    return this;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get isConnected(): boolean {
    return this.#isRegistered;
  }

  /** Gives the agent a job, now and whenever it registers without it. */
  assign(assignment: AssignmentInit): void {
    this.#assignments.push(assignment);
    if (this.#isRegistered) this.say({ case: 'assignment', value: assignment });
    this.#changed();
  }

  say(message: Answer): void {
    this.write(bytesOf(message));
  }

  /** As a message, whatever it is. */
  write(bytes: Buffer): void {
    this.#stream?.write(bytes);
  }

  /** Ends the stream without a word of why. */
  cut(): void {
    this.#stream?.end();
  }

  of(run: { readonly token: bigint }): Stored {
    return this.#of(String(run.token));
  }

  /** Resolves as soon as it holds. */
  async until(holds: () => boolean, what = String(holds), withinMs = 18_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const done = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
      timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`never: ${what}`));
      }, withinMs);
    });
    await done.finally(() => clearTimeout(timer));
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #connected(stream: Stream): void {
    this.#stream?.end();
    this.#stream = stream;
    this.#isRegistered = false;
    this.#unacknowledged.clear();
    stream.on('data', (bytes: Buffer) => {
      if (this.#stream !== stream) return;
      const { message } = fromBinary(ConnectRequestSchema, bytes);
      if (this.admits(message)) this.#hear(stream, message);
      this.#changed();
    });
    stream.on('error', () => {});
    const over = (): void => {
      stream.end();
      if (this.#stream !== stream) return;
      this.#stream = null;
      this.#isRegistered = false;
      this.#changed();
    };
    for (const name of ['end', 'cancelled', 'close']) stream.on(name, over);
  }

  #hear(stream: Stream, message: ConnectRequest['message']): void {
    if (message.case === 'register') return this.#registers(stream, message.value);
    if (!this.#isRegistered) return void this.faults.push(`${message.case} before registered`);
    if (message.case === 'heartbeat') return void this.heartbeats.push(message.value);
    if (message.case === 'drain') return void this.drains.push(message.value.reason);
    if (message.value === undefined || message.value.run === undefined)
      return void this.faults.push(`${message.case} without a run`);
    const { run } = message.value;
    if (!this.#assignments.some((each) => each.run?.token === run.token))
      this.faults.push(`${message.case} of an unknown run`);
    const known = this.of(run);
    switch (message.case) {
      case 'accepted':
        return this.#store(run, { accepted: known.accepted + 1 });
      case 'started': {
        if (known.accepted === 0) this.faults.push('started before accepted');
        const { pid, startedAt } = message.value;
        const said = JSON.stringify([String(pid), String(startedAt?.seconds), startedAt?.nanos]);
        if (known.started.length > 0 && known.started[0] !== said) this.faults.push('started is not what it was');
        return this.#store(run, { started: [said] });
      }
      case 'logBatch':
        return this.#logs(run, known, message.value);
      case 'uploadRequest':
        return this.#uploads(run, message.value);
      case 'result':
        return this.#finishes(run, known, message.value);
    }
  }

  #registers(stream: Stream, register: AgentRegister): void {
    this.registers.push(register);
    const token = this.#options.registrationToken ?? registrationToken;
    const good = this.#hasSession ? [sessionToken, token] : [token];
    if (this.#isRegistered) this.faults.push('registered twice on one stream');
    if (!good.includes(register.token)) {
      stream.emit('error', {
        code: status.UNAUTHENTICATED,
        details: 'The worker is unknown, or this is not its token.',
      });
      return;
    }
    this.#hasSession = true;
    this.#write('', { session: true });
    this.#isRegistered = true;
    const { heartbeatMs = 10_000, leaseMs = 30_000 } = this.#options;
    this.say({
      case: 'registered',
      value: {
        workerId: register.workerId,
        sessionToken,
        heartbeatInterval: durationFromMs(heartbeatMs),
        lease: durationFromMs(leaseMs),
        logAcks: register.runs.map(({ run }) => ({
          run: create(RunSchema, run!),
          throughLine: BigInt(this.of(run!).lastLine),
        })),
      },
    });
    for (const assignment of this.#assignments) {
      const { token } = assignment.run as Run;
      if (this.of({ token }).result !== null || register.runs.some(({ run }) => run?.token === token)) continue;
      this.say({ case: 'assignment', value: assignment });
    }
  }

  #logs(run: Run, known: Stored, batch: LogBatch): void {
    const key = String(run.token);
    this.batches.push(batch);
    const { firstLine, lineCount, unpackedBytes, body } = batch;
    const first = Number(firstLine);
    if (this.#unacknowledged.has(key)) this.faults.push(`lines ${first} while others are in flight`);
    const digest = Buffer.from(body).toString('base64');
    const before = this.#sentBodies.get(`${key}/${first}`);
    if (before !== undefined && before !== digest) this.faults.push(`lines ${first} are not what they were`);
    this.#sentBodies.set(`${key}/${first}`, digest);
    if (body.length > 262_144) this.faults.push(`a batch of ${body.length} bytes`);
    const plain = gunzipSync(body);
    if (plain.length !== unpackedBytes || plain.length > 262_144)
      this.faults.push(`a batch unpacks to ${plain.length} bytes`);
    const lines = plain
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .map((each) => JSON.parse(each) as Line);
    if (lines.length !== lineCount || lineCount > 10_000)
      this.faults.push(`a batch of ${lineCount} has ${lines.length} lines`);
    const last = first + lineCount - 1;
    if (last > known.lastLine) {
      if (first <= known.lastLine) this.faults.push(`lines ${first} overlap ${known.lastLine}`);
      if (known.result !== null) this.faults.push('lines after the result');
      const numbered = lines.map(({ at, stream, text }, n) => ({ number: first + n, at, stream, text }));
      this.#store(run, { lines: numbered, lastLine: last });
    }
    this.#unacknowledged.set(key, digest);
    const ack = { case: 'logAck', value: { run, throughLine: BigInt(this.of(run).lastLine) } } as const;
    if (!this.admits({ ...ack, case: 'logAck' } as never)) return;
    this.#unacknowledged.delete(key);
    this.say(ack);
  }

  #uploads(run: Run, request: UploadRequest): void {
    this.uploadRequests.push(request);
    if (request.files.length > 100) this.faults.push(`${request.files.length} files in one request`);
    const targets = request.files.map(({ path }) => ({
      path,
      objectKey: `key/${path}`,
      url: this.uploadUrl(path),
      headers: { 'content-type': 'application/octet-stream' },
    }));
    this.say({ case: 'uploadUrls', value: { run, targets } });
  }

  #finishes(run: Run, known: Stored, result: RunResult): void {
    this.results.push(result);
    const said = JSON.stringify({ ...result, artifacts: result.artifacts.length }, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    if (known.result !== null && known.result !== said) this.faults.push('the result is not what it was');
    if (Number(result.logLines) < known.lastLine)
      this.faults.push(`${known.lastLine} lines, and the result says ${result.logLines}`);
    if (this.#unacknowledged.has(String(run.token))) this.faults.push('a result before all of the log');
    this.#store(run, { result: said });
    if (this.admits({ case: 'resultAck', value: { run } } as never)) this.say({ case: 'resultAck', value: { run } });
  }

  #store(run: Run, entry: Partial<Stored>): void {
    this.#merge(String(run.token), entry);
    this.#write(String(run.token), entry);
  }

  #write(key: string, entry: object): void {
    if (this.#options.journal !== undefined) appendFileSync(this.#options.journal, `${JSON.stringify([key, entry])}\n`);
  }

  #merge(key: string, { lines, started, ...rest }: Partial<Stored>): void {
    const known = this.#of(key);
    Object.assign(known, rest);
    for (const line of lines ?? []) known.lines.push(line);
    for (const each of started ?? []) known.started.push(each);
  }

  #of(key: string): Stored {
    const known = this.stored.get(key) ?? { accepted: 0, started: [], lines: [], lastLine: 0, result: null };
    this.stored.set(key, known);
    return known;
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}

function bytesOf(message: Answer): Buffer {
  return Buffer.from(toBinary(ConnectResponseSchema, create(ConnectResponseSchema, { message } as never)));
}
