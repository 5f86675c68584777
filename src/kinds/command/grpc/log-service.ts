import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { freeBytes } from '../../../application/free-bytes.ts';
import { plainLog, type FollowedLog, type LogView } from '../../../application/logs/follow-log.ts';
import type { Logs } from '../../../application/logs/logs.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, type Result } from '../../../contract/errors.ts';
import { pageLines } from '../../../contract/logs.ts';
import { maxTail } from '../../../contract/sizes.ts';
import {
  LogStreamService, StreamLogsResponseSchema, type GetLogsRequest, type JobLogEntrySchema, type StreamLogsRequest,
} from '../../../contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { encode } from '../../../transports/grpc/codec.ts';
import { shuttingDown } from '../../../transports/grpc/exchange.ts';
import { mountedRpc, type MountedRpc } from '../../../transports/grpc/rpc.ts';
import type { Commands } from '../application/application.ts';
import { onJob } from './job-service.ts';
import { badMessage } from './reading.ts';

type Entry = MessageInitShape<typeof JobLogEntrySchema>;
type Line = Extract<FollowedLog, { readonly type: 'line' }>['line'];

interface Parts {
  readonly commands: Pick<Commands, 'get'>;
  readonly logs: Pick<Logs, 'page' | 'follow' | 'file'>;
}

/** Of a message, about: far below what clients take, so that a follower holds little. */
const messageBytes = 262_144;

/** Logs of command jobs, while they run and afterwards: as fast as each reader reads. */
export function logStreamService({ commands, logs }: Parts): MountedRpc {
  const followed = async <T>(
    context: RequestContext,
    jobId: string,
    asked: Result<Asked>,
    signal: AbortSignal,
    view: LogView<T>,
  ): Promise<Result<AsyncIterable<T>>> =>
    asked.ok ? follow({ commands, logs }, context, jobId, { ...asked.value, signal }, view) : asked;
  return mountedRpc(LogStreamService, 'operator', {
    async streamLogs({ request, context, sendEncoded, signal }) {
      const view = messagesOf(request.jobId.toLowerCase());
      const groups = await followed(context, request.jobId, streamed(request), signal(), view);
      if (!groups.ok) return groups;
      for await (const { messages, isLast } of groups.value) {
        for (const message of messages) await sendEncoded(message);
        if (isLast) return ok(null);
      }
      return shuttingDown;
    },
    async subscribeLogs({ request: { jobId, includeHistory, tailLines }, context, send, signal }) {
      const tail = includeHistory ? tailLines || undefined : 0;
      const asked = { after: 0, onlyKnown: false, ...(tail !== undefined && { tail }) };
      const groups = await followed(context, jobId, checkedTail(asked, tailLines), signal(), plainLog);
      if (!groups.ok) return groups;
      let dropped = 0;
      for await (const group of groups.value) {
        for (const each of group) {
          if (each.type === 'end') return ok(null);
          if (each.type === 'dropped') dropped += each.to - each.from + 1;
          if (each.type !== 'line') continue;
          await send({ ...entryOf(jobId.toLowerCase(), each.line), dropped: BigInt(dropped) });
          dropped = 0;
        }
      }
      return shuttingDown;
    },
    getLogs: ({ request, context }) => page({ commands, logs }, context, request),
    getLogFile: ({ request, context }) =>
      onJob(request.jobId, async (id) => {
        const seen = await commands.get(context, id);
        const found = seen.ok ? await logs.file(context, id) : seen;
        if (!found.ok) return found;
        const { storageUri, sizeBytes, entryCount, downloadUrl, expiresAt } = found.value;
        return ok({
          jobId: id, storageUri, sizeBytes: BigInt(sizeBytes), entryCount: BigInt(entryCount), downloadUrl,
          expiresAt: timestampFromMs(expiresAt),
        });
      }),
  });
}

interface Asked {
  readonly after: number;
  readonly tail?: number;
  readonly onlyKnown: boolean;
}

function streamed({ start, follow: goOn }: StreamLogsRequest): Result<Asked> {
  const onlyKnown = !goOn;
  switch (start.case) {
    case 'afterSequence':
      return sequence('after_sequence', start.value, (after) => ({ after, onlyKnown }));
    case 'tailLines':
      return checkedTail({ after: 0, tail: start.value, onlyKnown }, start.value);
    case undefined:
      return ok({ after: 0, onlyKnown });
  }
}

function checkedTail(asked: Asked, lines: number): Result<Asked> {
  const isFine = lines >= 0 && lines <= maxTail;
  return isFine ? ok(asked) : badMessage({ tail_lines: `must be 0 to ${maxTail}` });
}

function sequence<T>(field: string, number: bigint, then: (number: number) => T): Result<T> {
  const isFine = number >= 0n && number <= BigInt(Number.MAX_SAFE_INTEGER);
  return isFine ? ok(then(Number(number))) : badMessage({ [field]: 'must be 0, or the number of a line' });
}

function follow<T>(
  { commands, logs }: Parts,
  context: RequestContext,
  jobId: string,
  asked: Asked & { readonly signal: AbortSignal },
  view: LogView<T>,
): Promise<Result<AsyncIterable<T>>> {
  return onJob(jobId, async (id) => {
    const seen = await commands.get(context, id);
    if (!seen.ok) return seen;
    const groups = await logs.follow(context, id, { ...asked, isBack: false }, view);
    return groups.ok ? ok(groups.value ?? nothing(view)) : groups;
  });
}

/** For whoever comes back when there is nothing more to be told, which nobody does here. */
async function* nothing<T>(view: LogView<T>): AsyncGenerator<T> {
  yield view.of([{ type: 'end', lastLine: 0 }]);
}

interface Messages {
  readonly messages: readonly Uint8Array[];
  /** Nothing follows. */
  readonly isLast: boolean;
}

/** What StreamLogs sends of a job's log. */
function messagesOf(jobId: string): LogView<Messages> {
  return {
    name: 'messages',
    of: (group) => {
      const batch = new Batch(jobId);
      const messages: Uint8Array[] = [];
      const take = (): void => {
        for (const message of batch.take()) messages.push(encode(StreamLogsResponseSchema, message, Infinity));
      };
      for (const each of group) {
        if (batch.isFull(each)) take();
        batch.add(each);
      }
      take();
      return { messages, isLast: group.some(({ type }) => type === 'end') };
    },
    bytes: ({ messages }) => messages.reduce((sum, { byteLength }) => sum + byteLength, 0),
    free: ({ messages }) => messages.forEach(freeBytes),
  };
}

/** Lines collected for one message. Missing lines are reported before the line that follows them. */
class Batch {
  readonly #jobId: string;
  #entries: Entry[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(jobId: string) {
    this.#jobId = jobId;
  }

  isFull(next: FollowedLog): boolean {
    return (next.type === 'dropped' && this.#entries.length > 0) || this.#bytes > messageBytes;
  }

  add(each: FollowedLog): void {
    if (each.type === 'dropped') this.#dropped += each.to - each.from + 1;
    if (each.type !== 'line') return;
    this.#entries.push(entryOf(this.#jobId, each.line));
    this.#bytes += bytesOf(each.line);
  }

  /** One message, or none if there is nothing to tell. */
  take(): readonly { readonly entries: Entry[]; readonly dropped: bigint }[] {
    if (this.#entries.length === 0 && this.#dropped === 0) return [];
    const message = { entries: this.#entries, dropped: BigInt(this.#dropped) };
    [this.#entries, this.#bytes, this.#dropped] = [[], 0, 0];
    return [message];
  }
}

/** At most, in protobuf: UTF-8 takes up to three bytes for a code unit. */
function bytesOf({ text }: Line): number {
  return 100 + 3 * text.length;
}

function entryOf(jobId: string, { number, at, stream, text }: Line): Entry {
  return { jobId, line: text, isStderr: stream === 'err', timestamp: timestampFromMs(at), sequence: BigInt(number) };
}

async function page({ commands, logs }: Parts, context: RequestContext, request: GetLogsRequest) {
  const { jobId, limit, sinceSequence } = request;
  if (limit < 0 || limit > pageLines) return badMessage({ limit: `must be 1 to ${pageLines}, or 0 for as many` });
  const after = sequence('since_sequence', sinceSequence, (number) => number);
  if (!after.ok) return after;
  return onJob(jobId, async (id) => {
    const seen = await commands.get(context, id);
    const read = seen.ok
      ? await logs.page(context, id, { after: after.value, limit: limit || pageLines })
      : seen;
    if (!read.ok) return read;
    const { lines, dropped, nextAfter } = read.value;
    let bytes = 0;
    const cut = lines.findIndex((line, index) => (bytes += bytesOf(line)) > messageBytes && index > 0);
    const shown = cut === -1 ? lines : lines.slice(0, cut);
    const last = cut === -1 ? nextAfter : (shown.at(-1)?.number ?? null);
    const missing = dropped.filter(({ to }) => cut === -1 || to < (last ?? 0));
    return ok({
      entries: shown.map((line) => entryOf(id, line)),
      hasMore: last !== null,
      nextSequence: BigInt(last ?? shown.at(-1)?.number ?? after.value),
      dropped: BigInt(missing.reduce((sum, { from, to }) => sum + to - from + 1, 0)),
    });
  });
}
