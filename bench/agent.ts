/**
 * What the agent of command jobs costs: the start of its process until it registers, and a command's output through it
 * compared with a file: `node bench/agent.ts [LINES]`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { RunResult } from '../src/contract/proto/generated/waybill/v1/agent_pb.ts';
import {
  ConnectRequestSchema,
  ConnectResponseSchema,
  type ConnectResponse,
} from '../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import { agentFile } from '../src/main/node/agent-file.ts';
import { agentFlags } from '../src/ports/worker-image.ts';

const lines = Number(process.argv[2] ?? 1_000_000);
const starts = 20;
const file = await agentFile();
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));

/** A server that acknowledges everything and stores nothing. */
class Acknowledging {
  readonly #server = new Server();
  port = 0;
  onRegister: () => void = () => {};
  onResult: (result: RunResult) => void = () => {};
  #stream: ServerDuplexStream<Buffer, Buffer> | null = null;
  logged = 0;
  bytes = 0;

  async start(): Promise<this> {
    const plain = (bytes: Buffer): Buffer => bytes;
    this.#server.register(
      '/waybill.v1.WorkerAgentService/Connect',
      (stream: ServerDuplexStream<Buffer, Buffer>) => {
        this.#stream = stream;
        stream.on('data', (bytes: Buffer) => this.#hear(bytes));
        stream.on('error', () => {});
      },
      plain,
      plain,
      'bidi',
    );
    this.port = await new Promise((resolve, reject) => {
      const listening = (error: Error | null, port: number): void => (error ? reject(error) : resolve(port));
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), listening);
    });
    return this;
  }

  say(message: NonNullable<MessageInitShape<typeof ConnectResponseSchema>['message']>): void {
    const told: ConnectResponse = create(ConnectResponseSchema, { message } as never);
    this.#stream?.write(Buffer.from(toBinary(ConnectResponseSchema, told)));
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #hear(bytes: Buffer): void {
    const { message } = fromBinary(ConnectRequestSchema, bytes);
    switch (message.case) {
      case 'register':
        this.onRegister();
        return this.say({
          case: 'registered',
          value: { sessionToken: 'session', heartbeatInterval: durationFromMs(5_000), lease: durationFromMs(30_000) },
        } as never);
      case 'logBatch': {
        const { run, firstLine, lineCount, body } = message.value;
        this.logged += lineCount;
        this.bytes += body.length;
        return this.say({ case: 'logAck', value: { run, throughLine: firstLine + BigInt(lineCount) - 1n } } as never);
      }
      case 'result':
        this.say({ case: 'resultAck', value: { run: message.value.run } } as never);
        return this.onResult(message.value);
      default:
    }
  }
}

function startAgent(port: number) {
  return spawn(process.execPath, [...agentFlags, file], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      WAYBILL_AGENT_SERVERS: `127.0.0.1:${port}`,
      WAYBILL_WORKER_ID: randomUUID(),
      WAYBILL_AGENT_TOKEN: 'token',
      WAYBILL_WORK_DIR: mkdtempSync(join(folder, 'work-')),
    },
  });
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;
const inShort = (all: readonly number[]): string =>
  `${median(all).toFixed(0)} ms (best: ${Math.min(...all).toFixed(0)} ms)`;

const server = await new Acknowledging().start();
const times: number[] = [];
const bare: number[] = [];
for (let n = 0; n < starts; n += 1) {
  let began = performance.now();
  const registered = new Promise<void>((resolve) => void (server.onRegister = resolve));
  const agent = startAgent(server.port);
  await registered;
  times.push(performance.now() - began);
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGKILL');
  await ended;
  began = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  bare.push(performance.now() - began);
}
console.log(`registered after ${inShort(times)}; Node alone starts and ends in ${inShort(bare)}`);

const loop = `for ((i = 1; i <= ${lines}; i++)); do echo "line $i of a log that says what is going on"; done`;
const commands: Readonly<Record<string, string>> = {
  'a write for each line': loop,
  'large writes': `seq -f "line %.0f of a log that says what is going on" ${lines}`,
};
const registered = new Promise<void>((resolve) => void (server.onRegister = resolve));
const agent = startAgent(server.port);
await registered;
let token = 1n;
for (const [name, command] of Object.entries(commands)) {
  const ratios: number[] = [];
  for (let round = 1; round <= 3; round += 1) {
    const target = join(folder, 'out');
    const began = performance.now();
    spawnSync('bash', ['-c', `(${command}) >${target}`]);
    const toFile = performance.now() - began;
    server.logged = 0;
    const result = new Promise<RunResult>((resolve) => void (server.onResult = resolve));
    const run = { jobId: randomUUID(), attempt: 1, token: token++ };
    server.say({ case: 'assignment', value: { run, command: { command } } } as never);
    const { startedAt, endedAt } = await result;
    const ms = (time: typeof startedAt): number => Number(time?.seconds ?? 0n) * 1_000 + (time?.nanos ?? 0) / 1e6;
    const throughAgent = ms(endedAt) - ms(startedAt);
    ratios.push(toFile / throughAgent);
    const rate = (took: number): string => `${Math.round(lines / took).toLocaleString('en')}k lines/s`;
    const sent = `${server.logged} of ${lines} lines sent`;
    console.log(`${name}: file ${rate(toFile)}, agent ${rate(throughAgent)}; ${sent}`);
  }
  console.log(`${name}: ${Math.round(100 * median(ratios))} % of the speed to a file`);
}
const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8')) ?? [];
console.log(`memory of the agent: ${Math.round(Number(kilobytes) / 1024)} MiB at most`);
agent.kill('SIGKILL');
server.stop();
rmSync(folder, { recursive: true });
