import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, durationFromMs, type Any } from '@bufbuild/protobuf/wkt';
import { Metadata } from '@grpc/grpc-js';
import { errorTraits, grpcStatuses, retryAfter, type ErrorCode } from '../../contract/errors.ts';
import {
  BadRequestSchema, ErrorInfoSchema, RetryInfoSchema,
} from '../../contract/proto/generated/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../contract/proto/generated/google/rpc/status_pb.ts';

export interface RpcStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

interface Told {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Clients take 8 KiB of trailing metadata, in which three bytes are four characters. */
const mostDetailBytes = 4_096;
const longestMessage = 1_000;
const longestText = 200;
const mostFacts = 20;

/**
 * An error as gRPC says it: the code in `waybill-code`, and what else there is in `grpc-status-details-bin`
 * (https://google.aip.dev/193).
 */
export function statusOf({ code, message, details = {} }: Told): RpcStatus {
  const number = grpcStatuses[errorTraits[code].grpc];
  const metadata = new Metadata();
  metadata.set('waybill-code', code);
  const text = shortened(message, longestMessage);
  const packed = packedDetails(number, text, { code, message, details });
  if (packed !== null) metadata.set('grpc-status-details-bin', Buffer.from(packed));
  return { code: number, details: text, metadata };
}

/** Without the last fields if all of them are too many; null when the rest is too much as well. */
function packedDetails(number: number, message: string, { code, details = {} }: Told): Uint8Array | null {
  const { fields, ...facts } = details;
  const always = [pack(ErrorInfoSchema, { reason: code.toUpperCase(), domain: 'waybill', metadata: factsOf(facts) })];
  const seconds = retryAfter(code, details);
  if (seconds !== null) always.push(pack(RetryInfoSchema, { retryDelay: durationFromMs(seconds * 1_000) }));
  for (let violations = violationsOf(fields); ; violations = violations.slice(0, -1)) {
    const bad = violations.length === 0 ? [] : [pack(BadRequestSchema, { fieldViolations: violations })];
    const status = create(StatusSchema, { code: number, message, details: [...always, ...bad] });
    const bytes = toBinary(StatusSchema, status);
    if (bytes.length <= mostDetailBytes) return bytes;
    if (violations.length === 0) return null;
  }
}

function pack<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Any {
  return anyPack(schema, create(schema, message));
}

function violationsOf(fields: unknown): { readonly field: string; readonly description: string }[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields).map(([field, problem]) => {
    return { field: shortened(field, longestText), description: shortened(String(problem), longestText) };
  });
}

function factsOf(details: Readonly<Record<string, unknown>>): Record<string, string> {
  const facts = Object.entries(details).slice(0, mostFacts).map(([name, value]) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return [shortened(name, 64), shortened(text, longestText)];
  });
  return Object.fromEntries(facts) as Record<string, string>;
}

/** Also made whole: half a surrogate pair can be neither percent-encoded nor UTF-8. */
function shortened(text: string, most: number): string {
  return (text.length > most ? `${text.slice(0, most - 1)}…` : text).toWellFormed();
}
