import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { agentFile } from '../../../src/main/node/agent-file.ts';
import { JobFailureReason } from '../../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import type { RunResult } from '../../../src/contract/proto/generated/waybill/v1/agent_pb.ts';
import { registrationToken, StrictServer, type AssignmentInit } from './strict-server.ts';
import { killAllWith } from './processes.ts';

export interface TestAgent {
  readonly process: ChildProcess;
  readonly workerId: string;
  readonly folder: string;
  /** What it has printed. */
  readonly output: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const toStop: (() => void)[] = [];

/** After each test. */
export function stopAll(): void {
  for (const stop of toStop.splice(0).reverse()) stop();
}

export function onStop(stop: () => void): void {
  toStop.push(stop);
}

export async function startServer(options: ConstructorParameters<typeof StrictServer>[0] = {}): Promise<StrictServer> {
  const server = await new StrictServer(options).start();
  onStop(() => server.stop());
  return server;
}

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-agent-'));
  onStop(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The bundled agent, as a provider starts it. */
export async function startAgent(
  servers: readonly { readonly address: string }[],
  variables: Readonly<Record<string, string>> = {},
): Promise<TestAgent> {
  const file = await agentFile();
  const workerId = randomUUID();
  const folder = makeFolder();
  const child = spawn(process.execPath, [file], {
    env: {
      PATH: process.env['PATH'],
      WAYBILL_AGENT_SERVERS: servers.map(({ address }) => address).join(','),
      WAYBILL_WORKER_ID: workerId,
      WAYBILL_AGENT_TOKEN: registrationToken,
      WAYBILL_WORK_DIR: folder,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  onStop(() => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    killAllWith(`WAYBILL_WORKER_ID=${workerId}`);
  });
  return { process: child, workerId, folder, output: () => output, ended };
}

let tokens = 0n;

/** A job for the agent: a line for the shell, unless it is more than that. */
export function job(
  command: string,
  more: Partial<AssignmentInit> & { readonly spec?: object } = {},
): AssignmentInit & {
  readonly run: { readonly jobId: string; readonly attempt: number; readonly token: bigint };
} {
  const { spec, ...rest } = more;
  tokens += 1n;
  const jobId = randomUUID();
  return {
    command: { command, arguments: [], script: '', workingDirectory: '', ...spec },
    environment: { WAYBILL_JOB_ID: jobId },
    secrets: {},
    timeout: durationFromMs(60_000),
    grace: durationFromMs(2_000),
    ...rest,
    run: { jobId, attempt: 1, token: tokens },
  } as never;
}

export interface Ran {
  readonly result: RunResult;
  readonly reason: string | null;
  /** `stream: text` of each line. */
  readonly lines: readonly string[];
}

/** Has the agent run it, to its result. */
export async function ran(server: StrictServer, assignment: ReturnType<typeof job>): Promise<Ran> {
  server.assign(assignment);
  return resultOf(server, assignment);
}

export async function resultOf(server: StrictServer, { run }: ReturnType<typeof job>): Promise<Ran> {
  const found = () => server.results.find((each) => each.run?.token === run.token);
  await server.until(() => found() !== undefined, 'a result');
  const result = found()!;
  const names = Object.entries(JobFailureReason);
  const reason =
    result.failureReason === undefined ? null : (names.find(([, each]) => each === result.failureReason)?.[0] ?? '?');
  return { result, reason, lines: server.of(run).lines.map(({ stream, text }) => `${stream}: ${text}`) };
}
