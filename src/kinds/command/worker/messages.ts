import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type {
  Assignment,
  HeldRunSchema,
  Registered,
  Run,
  RunResultSchema,
} from '../../../contract/proto/generated/waybill/v1/agent_pb.ts';
import { RunState } from '../../../contract/proto/generated/waybill/v1/agent_pb.ts';
import { JobFailureReason } from '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import {
  ConnectRequestSchema,
  ConnectResponseSchema,
  type ConnectResponse,
} from '../../../contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';

export { JobFailureReason, RunState };
export type { Assignment, Registered, Run };
export type Saying = Extract<
  NonNullable<MessageInitShape<typeof ConnectRequestSchema>['message']>,
  { readonly case: string }
>;
export type HeldRunInit = MessageInitShape<typeof HeldRunSchema>;
export type ResultInit = Omit<Extract<MessageInitShape<typeof RunResultSchema>, { readonly $typeName?: never }>, 'run'>;
export type Told = ConnectResponse['message'];

export const connectPath = '/waybill.v1.WorkerAgentService/Connect';

export function encodeSaying(message: Saying): Uint8Array {
  return toBinary(ConnectRequestSchema, create(ConnectRequestSchema, { message }));
}

/** @throws when it is no such message */
export function decodeTold(bytes: Uint8Array): Told {
  return fromBinary(ConnectResponseSchema, bytes).message;
}

/** `fallback` where it is absent. */
export function msOf(duration: Duration | undefined, fallback: number): number {
  return duration === undefined ? fallback : durationMs(duration);
}

export function timestampOf(ms: number): Timestamp {
  return timestampFromMs(ms);
}
