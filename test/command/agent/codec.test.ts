import { create, fromBinary, ScalarType, toBinary, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import {
  ConnectRequestSchema, ConnectResponseSchema,
} from '../../../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import { decode, encode } from '../../../src/kinds/command/worker/connection/codec.ts';
import { fields } from '../../../src/kinds/command/worker/connection/fields.ts';
import { createSeededRandom, type SeededRandom } from '../../../src/testing/seeded-random.ts';

const sides = [ConnectRequestSchema, ConnectResponseSchema] as const;

describe('the messages between agents and servers', () => {
  test('have the fields that the protos say', () => {
    const found: Record<string, Record<string, string>> = {};
    const look = (message: DescMessage): void => {
      if (message.name in found) return;
      found[message.name] = Object.fromEntries(message.fields.map((field) => [field.localName, textOf(field)]));
      for (const { message: inside } of message.fields) if (inside !== undefined) look(inside);
    };
    sides.forEach(look);
    expect(fields).toEqual(found);
  });

  test('are read by servers as they were written', () => {
    const random = createSeededRandom(7);
    for (let round = 0; round < 300; round += 1) {
      const message = anyOf(ConnectRequestSchema, random);
      const sent = create(ConnectRequestSchema, { message } as never);
      const bytes = encode('ConnectRequest', { [message.case]: message.value });
      expect(fromBinary(ConnectRequestSchema, bytes)).toEqual(sent);
    }
  });

  test('are read as servers write them, with what a newer one adds left out', () => {
    const random = createSeededRandom(8);
    for (let round = 0; round < 300; round += 1) {
      const message = anyOf(ConnectResponseSchema, random);
      const sent = create(ConnectResponseSchema, { message } as never);
      const newer = Uint8Array.of(0xfa, 0x7f, 3, 1, 2, 3, 0xf8, 0x7f, 5);
      const bytes = Buffer.concat([newer, toBinary(ConnectResponseSchema, sent), newer]);
      expect(decode('ConnectResponse', bytes)).toEqual({ [message.case]: plain(sent.message.value) });
    }
  });

  test('are refused when they are cut off or say that they are longer than they are', () => {
    const random = createSeededRandom(9);
    for (let round = 0; round < 30; round += 1) {
      const message = anyOf(ConnectResponseSchema, random);
      const bytes = toBinary(ConnectResponseSchema, create(ConnectResponseSchema, { message } as never));
      for (let length = 1; length < bytes.length; length += 1) {
        expect(() => decode('ConnectResponse', bytes.subarray(0, length))).toThrow();
      }
    }
    // A run whose job's id would reach beyond it.
    expect(() => decode('ConnectResponse', Uint8Array.of(0x2a, 6, 0x0a, 3, 0x0a, 5, 65, 65, 65, 65, 65))).toThrow();
    // No UTF-8.
    expect(() => decode('ConnectResponse', Uint8Array.of(0x3a, 3, 0x0a, 1, 0xff))).toThrow();
  });

  test('have variables of any name', () => {
    const environment = { ['__proto__']: 'x', constructor: 'y', '': 'z' };
    const sent = create(ConnectResponseSchema, {
      message: { case: 'assignment', value: { environment } },
    });
    const { assignment } = decode('ConnectResponse', toBinary(ConnectResponseSchema, sent)) as {
      assignment: { environment: Record<string, string> };
    };
    expect(Object.entries(assignment.environment)).toEqual(Object.entries(environment));
  });
});

const words: Partial<Record<ScalarType, string>> = {
  [ScalarType.STRING]: 'string', [ScalarType.BYTES]: 'bytes', [ScalarType.INT32]: 'int32',
  [ScalarType.INT64]: 'int64', [ScalarType.UINT64]: 'uint64', [ScalarType.DOUBLE]: 'double',
};

function textOf(field: DescField): string {
  const isOptional = field.proto.proto3Optional ? 'optional ' : '';
  switch (field.fieldKind) {
    case 'map':
      expect([field.mapKey, field.mapKind, field.scalar]).toEqual([ScalarType.STRING, 'scalar', ScalarType.STRING]);
      return `${field.number} map`;
    case 'list':
      return `${field.number} repeated ${field.message?.name ?? words[field.scalar!]}`;
    case 'enum':
      return `${field.number} ${isOptional}enum`;
    case 'message':
      return `${field.number} ${field.message.name}`;
    default:
      return `${field.number} ${isOptional}${words[field.scalar]}`;
  }
}

/** One of the cases of its only oneof, with any values. */
function anyOf({ fields: cases }: DescMessage, random: SeededRandom): { case: string; value: object } {
  const { localName, message } = random.pick(cases);
  return { case: localName, value: valuesOf(message!, random) };
}

function valuesOf(message: DescMessage, random: SeededRandom): object {
  const isThere = (): boolean => random.chance(0.8);
  return Object.fromEntries(message.fields.filter(isThere).map((field) => [field.localName, valueOf(field, random)]));
}

function valueOf(field: DescField, random: SeededRandom): unknown {
  const several = <T>(make: () => T): T[] => Array.from({ length: random.integer(0, 3) }, make);
  const text = (): string => random.pick(['', 'a', 'Größe', '𝄞\0\n', 'x'.repeat(300)]);
  if (field.fieldKind === 'map') return Object.fromEntries(several(() => [text(), text()]));
  if (field.fieldKind === 'list') {
    return several(() => (field.message === undefined ? text() : valuesOf(field.message, random)));
  }
  if (field.fieldKind === 'message') return valuesOf(field.message, random);
  switch (field.scalar) {
    case ScalarType.STRING:
      return text();
    case ScalarType.BYTES:
      return Uint8Array.from(several(() => random.integer(0, 255)));
    case ScalarType.DOUBLE:
      return random.pick([0, 0.25, -1.5, 1e300]);
    case ScalarType.INT64:
      return random.pick([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]);
    case ScalarType.UINT64:
      return random.pick([0n, 1n, 2n ** 64n - 1n]);
    default:
      return field.fieldKind === 'enum' ? random.pick([0, 1, 3]) : random.pick([0, 1, -1, 2 ** 31 - 1]);
  }
}

/** Without what protobuf-es adds to messages. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).filter(([name]) => name !== '$typeName');
  return Object.fromEntries(entries.map(([name, each]) => [name, plain(each)]));
}
