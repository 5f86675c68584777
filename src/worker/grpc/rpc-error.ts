import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { anyUnpack, durationMs } from '@bufbuild/protobuf/wkt';
import { status as statuses, type StatusObject } from '@grpc/grpc-js';
import { errorTraits, type ErrorCode } from '../../contract/errors.ts';
import { BadRequestSchema, RetryInfoSchema } from '../../contract/proto/generated/google/rpc/error_details_pb.ts';
import { StatusSchema, type Status } from '../../contract/proto/generated/google/rpc/status_pb.ts';
import { RequestError } from '../../http/request-error.ts';

/** A call that did not end well. */
export class RpcError extends RequestError {
  /** NOT_FOUND. */
  readonly grpcStatus: string;
  /** What is wrong with the request, by the paths of its fields. */
  readonly fields: Readonly<Record<string, string>>;

  constructor({ code, details, metadata }: Pick<StatusObject, 'code' | 'details' | 'metadata'>) {
    const name = statuses[code] ?? String(code);
    const ours = textOf(metadata.get('waybill-code'));
    const told = statusIn(metadata.get('grpc-status-details-bin'));
    const retry = unpacked(told, RetryInfoSchema)?.retryDelay;
    super(`answered ${name}: ${details}`, {
      code: ours,
      retryable: ours === null ? !hopeless.has(code) : (errorTraits[ours as ErrorCode]?.retryable ?? false),
      retryAfterMs: retry === undefined ? null : durationMs(retry),
      timedOut: code === statuses.DEADLINE_EXCEEDED,
      requestId: textOf(metadata.get('x-request-id')),
    });
    this.grpcStatus = name;
    const violations = unpacked(told, BadRequestSchema)?.fieldViolations ?? [];
    this.fields = Object.fromEntries(violations.map(({ field, description }) => [field, description]));
  }
}

/** Of statuses that do not come from our handlers: the others are those of connections, and pass. */
const hopeless: ReadonlySet<number> = new Set([
  statuses.UNIMPLEMENTED, statuses.INVALID_ARGUMENT, statuses.UNAUTHENTICATED, statuses.PERMISSION_DENIED,
]);

function statusIn([bytes]: readonly (string | Buffer)[]): Status | null {
  if (!(bytes instanceof Uint8Array)) return null;
  try {
    return fromBinary(StatusSchema, bytes);
  } catch {
    return null;
  }
}

function unpacked<D extends DescMessage>(status: Status | null, schema: D): MessageShape<D> | undefined {
  for (const each of status?.details ?? []) {
    const found = anyUnpack(each, schema);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textOf([value]: readonly (string | Buffer)[]): string | null {
  return typeof value === 'string' ? value : null;
}
