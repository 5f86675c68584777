import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import type {
  Assignment,
  HeldRunSchema,
  Registered,
  Run,
  RunResultSchema,
} from '../../../contract/proto/generated/waybill/v1/agent_pb.ts';
import { RunState } from '../../../contract/proto/generated/waybill/v1/agent_pb.ts';
import { JobFailureReason } from '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import type {
  ConnectRequestSchema,
  ConnectResponse,
} from '../../../contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import { decode, encode } from './connection/codec.ts';

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

export function encodeSaying({ case: name, value }: Saying): Uint8Array {
  return encode('ConnectRequest', { [name]: value });
}

/** @throws when it is no such message */
export function decodeTold(bytes: Uint8Array): Told {
  const [told] = Object.entries(decode('ConnectResponse', bytes));
  return (told === undefined ? { case: undefined } : { case: told[0], value: told[1] }) as Told;
}

/** `fallback` where it is absent. */
export function msOf(duration: Pick<Duration, 'seconds' | 'nanos'> | undefined, fallback: number): number {
  return duration === undefined ? fallback : Number(duration.seconds) * 1_000 + Math.round(duration.nanos / 1e6);
}

/** Of milliseconds since 1970. */
export function timestampOf(ms: number) {
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1_000) * 1e6) };
}
