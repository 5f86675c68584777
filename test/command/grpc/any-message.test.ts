import { create, type DescField, type DescMessage, type DescMethodUnary, type MessageShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobExecutionService } from '../../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { LogStreamService } from '../../../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { MetricsService } from '../../../src/contract/proto/generated/waybill/v1/metrics_service_pb.ts';
import { ProviderManagementService } from
  '../../../src/contract/proto/generated/waybill/v1/provider_management_service_pb.ts';
import { SchedulerService } from '../../../src/contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import { RpcError } from '../../../src/worker/grpc/rpc-error.ts';
import { commandServer } from './started.ts';

const server = commandServer();
const methods = [JobExecutionService, SchedulerService, ProviderManagementService, MetricsService, LogStreamService]
  .flatMap((service) => service.methods.filter((method): method is DescMethodUnary => method.methodKind === 'unary'));

const texts = fc.oneof(
  fc.constantFrom('', 'default', 'process', 'yard', '@daily', '__proto__', '\u0000', '\ud800', '../..', '%', 'a,b'),
  fc.constant('00000000-0000-4000-8000-000000000000'),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.constantFrom(1_025, 70_000).map((length) => 'x'.repeat(length)),
);
const longs = fc.oneof(fc.constantFrom(0n, -1n, 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)), fc.bigInt(-9n, 9n));
const ints = fc.oneof(fc.constantFrom(0, -1, 1, 2_147_483_647, -2_147_483_648), fc.integer({ min: -9, max: 9 }));
const doubles = fc.constantFrom(0, -1, 0.001, 0.5, 1e9, Infinity, Number.NaN);

/** Fields that are left out are as likely as those that are there. */
function messages(schema: DescMessage, depth = 0): fc.Arbitrary<MessageShape<DescMessage>> {
  if (schema.typeName === 'google.protobuf.Struct') return fc.constantFrom({}, { color: 'red', host: 7 }) as never;
  const fields = schema.fields.filter(({ fieldKind }) => depth < 4 || fieldKind === 'scalar');
  const values = fc.record(
    Object.fromEntries(fields.map((field) => [field.localName, valuesOf(field, depth)])), { requiredKeys: [] },
  );
  return values.map((given) => {
    const init: Record<string, unknown> = {};
    for (const field of fields) {
      const value = given[field.localName];
      if (value === undefined) continue;
      if (field.oneof === undefined) init[field.localName] = value;
      else init[field.oneof.localName] = { case: field.localName, value };
    }
    return create(schema, init);
  });
}

/** What is run is harmless. */
const harmless: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'waybill.v1.JobDefinition.command': fc.constantFrom('', ' ', 'true', 'x'.repeat(70_000)),
  'waybill.v1.JobDefinition.script': fc.constantFrom('', 'true'),
  'waybill.v1.JobDefinition.arguments': fc.constant([]),
};

function valuesOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const known = harmless[`${field.parent.typeName}.${field.name}`];
  if (known !== undefined) return known;
  switch (field.fieldKind) {
    case 'list': {
      const entries: fc.Arbitrary<unknown> = field.listKind === 'message' ? messages(field.message, depth + 1) : texts;
      return fc.array(entries, { maxLength: 3 });
    }
    case 'map': {
      const values: fc.Arbitrary<unknown> = field.scalar === 9 ? texts : longs;
      return fc.dictionary(texts, values, { maxKeys: 3 });
    }
    case 'message':
      return messages(field.message, depth + 1);
    case 'enum':
      return fc.constantFrom(...field.enum.values.map(({ number }) => number), 77);
    case 'scalar':
      return scalars[field.scalar] ?? ints;
  }
}

/** By google.protobuf.FieldDescriptorProto.Type; the others are 32-bit integers. */
const scalars: Readonly<Record<number, fc.Arbitrary<unknown>>> = {
  1: doubles, 3: longs, 8: fc.boolean(), 9: texts, 12: fc.uint8Array({ maxLength: 9 }),
  13: fc.constantFrom(0, 1, 4_294_967_295),
};

test.each(methods.map((method) => [method.parent.name, method.name, method] as const))(
  '%s/%s answers any message, or says what is wrong with it',
  { timeout: 60_000 },
  async (_, __, method) => {
    const ada = server().rpc('ada');
    await fc.assert(fc.asyncProperty(messages(method.input), async (message) => {
      const answered = await ada.unary(method, message).catch((error: unknown) => error);
      if (answered instanceof RpcError) expect(answered.grpcStatus).not.toBe('INTERNAL');
      else expect(answered).not.toBeInstanceOf(Error);
    }), { numRuns: 60, seed: 7 });
  },
);
