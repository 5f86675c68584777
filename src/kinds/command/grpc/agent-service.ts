import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Refusal } from '../../../contract/errors.ts';
import type { JobFailureReason } from '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import {
  RunState, type Run as RunMessage, type RunResult,
} from '../../../contract/proto/generated/waybill/v1/agent_pb.ts';
import {
  WorkerAgentService, type ConnectRequest, type ConnectResponseSchema,
} from '../../../contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import type { MountedRpc } from '../../../transports/grpc/rpc.ts';
import { mountedRpc } from '../../../transports/grpc/rpc.ts';
import type { Agents, AgentSession, ToAgent } from '../application/agents.ts';
import type { Run } from '../application/run.ts';
import type { AgentAssignment } from '../application/assignments.ts';
import type { Failure } from '../domain/failure.ts';
import type { CommandResult } from '../domain/types.ts';
import { failureReasonOf } from './enums.ts';

type Answer = MessageInitShape<typeof ConnectResponseSchema>;
type Said = ConnectRequest['message'];

const lineLength = 16_384;
const spoolBytes = 64 * 1024 * 1024;
const keptLines = 10_000_000;

/** The messages from and to agents. Agents authenticate with the token in their first message. */
export function agentService(agents: Agents): MountedRpc {
  return mountedRpc(WorkerAgentService, 'none', {
    async connect({ requests, send, signal }) {
      const messages = requests[Symbol.asyncIterator]();
      const first = await messages.next();
      const hello = first.done === true ? undefined : first.value.message;
      if (hello?.case !== 'register') return refuse('invalid_request', 'The first message must be register.');
      const { workerId, token, nonce, agentVersion, runs } = hello.value;
      const connected = await agents.connect({
        workerId, token, nonce, agentVersion: agentVersion.slice(0, 64),
        runs: runs.flatMap(({ run, state }) => (run && state !== RunState.UNSPECIFIED ? [runOf(run)] : [])),
      });
      if (!connected.ok) return connected;
      const session = connected.value;
      const over = new AbortController();
      const ended = AbortSignal.any([signal(), over.signal]);
      // Messages are sent one after the other, whoever has one.
      let sending = send(registered(session));
      const say = (message: Answer): Promise<void> => (sending = sending.then(() => send(message)));
      await sending;
      const telling = tell(session, say, ended);
      try {
        for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
          const answer = await answerTo(session, next.value.message);
          if (answer !== null) await say(answer);
        }
      } finally {
        over.abort();
        await telling;
      }
      return ok(null);
    },
  });
}

function registered({ workerId, sessionToken, heartbeatMs, leaseMs }: AgentSession): Answer {
  return {
    message: {
      case: 'registered',
      value: {
        workerId, sessionToken, heartbeatInterval: durationFromMs(heartbeatMs), lease: durationFromMs(leaseMs),
        logAcks: [],
      },
    },
  };
}

/** Until the connection ends, or no messages will follow. */
async function tell(
  session: AgentSession,
  say: (message: Answer) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const message of session.messages(signal)) await say(toAnswer(message));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Null when there is nothing to answer. */
async function answerTo(session: AgentSession, said: Said): Promise<Answer | null> {
  switch (said.case) {
    case 'heartbeat':
      await session.heartbeat();
      return null;
    case 'accepted':
      return onRun(said.value.run, (run) => session.accepted(run));
    case 'started':
      return onRun(said.value.run, (run) => session.started(run));
    case 'logBatch': {
      const { firstLine, lineCount, body } = said.value;
      return onRun(
        said.value.run,
        (run) => session.log(run, { firstLine: Number(firstLine), lineCount, body }),
        (run, throughLine) => ({ message: { case: 'logAck', value: { run, throughLine: BigInt(throughLine) } } }),
      );
    }
    case 'result':
      return onRun(
        said.value.run,
        (run) => session.result(run, resultOf(said.value)),
        (run) => ({ message: { case: 'resultAck', value: { run } } }),
      );
    case 'uploadRequest': {
      const files = said.value.files.map(({ path, size }) => ({ path, size: Number(size) }));
      return onRun(
        said.value.run,
        (run) => session.uploads(run, files),
        (run, targets) => ({
          message: {
            case: 'uploadUrls',
            value: { run, targets: targets.map((target) => ({ ...target, headers: { ...target.headers } })) },
          },
        }),
      );
    }
    case 'drain':
      await session.drain(said.value.reason.slice(0, 500));
      return null;
    case 'register':
      return rejected(undefined, invalid('The agent is registered already.'));
    case undefined:
      return rejected(undefined, invalid('The message is empty.'));
  }
}

async function onRun<T>(
  message: RunMessage | undefined,
  act: (run: Run) => Promise<Result<T>>,
  answer?: (run: RunMessage, value: T) => Answer,
): Promise<Answer | null> {
  if (message === undefined) {
    return rejected(undefined, invalid('The message names no run.'));
  }
  const done = await act(runOf(message));
  if (!done.ok) return rejected(message, done.refusal);
  return answer?.(message, done.value) ?? null;
}

function invalid(message: string): Refusal {
  return { code: 'invalid_request', message, retryable: false };
}

function rejected(run: RunMessage | undefined, { code, message }: Refusal): Answer {
  return { message: { case: 'rejected', value: { ...(run && { run }), code, message } } };
}

function toAnswer(message: ToAgent): Answer {
  switch (message.type) {
    case 'assignment':
      return { message: { case: 'assignment', value: assignmentMessage(message.run, message.assignment) } };
    case 'cancel': {
      const { graceMs, reason } = message;
      const run = runMessage(message.run);
      return { message: { case: 'cancel', value: { run, grace: durationFromMs(graceMs), reason } } };
    }
    case 'lost': {
      const run = runMessage(message.run);
      return { message: { case: 'rejected', value: { run, code: 'lease_lost', message: 'The lease is lost.' } } };
    }
    case 'drain':
      return { message: { case: 'drain', value: { reason: message.reason } } };
    case 'replaced': {
      const reason = 'Another connection of the agent has taken its place.';
      return { message: { case: 'rejected', value: { code: 'conflict', message: reason } } };
    }
  }
}

function assignmentMessage(run: Run, { input, environment, secrets, files, uploadStallMs }: AgentAssignment) {
  const { command, arguments: args, script, workingDirectory, stdin, outputs, timeoutMs, graceMs } = input;
  return {
    run: runMessage(run),
    command: {
      command, arguments: [...args], script: script ?? '', workingDirectory: workingDirectory ?? '',
      ...(stdin !== null && { stdin }),
    },
    environment: { ...environment },
    secrets: { ...secrets },
    inputs: files.map((file) => ({ ...file })),
    outputs: [...outputs],
    timeout: durationFromMs(timeoutMs),
    grace: durationFromMs(graceMs),
    uploadStall: durationFromMs(uploadStallMs),
    logLimits: { lines: BigInt(keptLines), lineLength, spoolBytes: BigInt(spoolBytes) },
  };
}

function runMessage({ jobId, attempt, token }: Run) {
  return { jobId, attempt, token: BigInt(token) };
}

function runOf({ jobId, attempt, token }: RunMessage): Run {
  return { jobId, attempt, token: Number(token) };
}

function resultOf({ exitCode, signal, failureReason, message, artifacts }: RunResult): CommandResult {
  return {
    exitCode: exitCode ?? null,
    signal: signal?.slice(0, 32) ?? null,
    failure: failureOf(failureReason, message),
    artifacts: artifacts.map(({ path, objectKey, size }) => ({ path, objectKey, size: Number(size) })),
  };
}

function failureOf(reason: JobFailureReason | undefined, message: string): Failure | null {
  if (reason === undefined) return null;
  return { reason: failureReasonOf(reason), message };
}
