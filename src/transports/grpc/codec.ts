import {
  create, fromBinary, toBinary, type DescField, type DescMessage, type MessageInitShape, type MessageShape,
} from '@bufbuild/protobuf';
import { badFields, ok, type Result } from '../../contract/errors.ts';
import { pathOf, Problems } from '../../contract/input/problems.ts';
import { isStorable, unstorableText } from '../../contract/input/text.ts';

/**
 * A message from outside. Refused when it is none, when a text in it could not be stored, and when an enum has a number
 * that it does not know; fields that are not known are left out.
 */
export function decode<I extends DescMessage>(schema: I, bytes: Uint8Array): Result<MessageShape<I>> {
  let message: MessageShape<I>;
  try {
    message = fromBinary(schema, bytes, { readUnknownFields: false });
  } catch {
    return { ok: false, refusal: badFields({ message: `must be a ${schema.typeName} in protobuf's binary form` }) };
  }
  const problems = new Problems();
  checkerOf(schema)(message, '', problems);
  return problems.found ? { ok: false, refusal: badFields(problems.fields()) } : ok(message);
}

/** @throws {RangeError} when it is larger than a message may be */
export function encode<O extends DescMessage>(schema: O, message: MessageInitShape<O>, mostBytes: number): Buffer {
  const bytes = toBinary(schema, create(schema, message));
  assertSize(schema, bytes, mostBytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @throws {RangeError} when a message is larger than it may be */
export function assertSize(schema: DescMessage, { length }: Uint8Array, mostBytes: number): void {
  if (length > mostBytes) {
    throw new RangeError(`a ${schema.typeName} has ${length} bytes, but the limit is ${mostBytes}`);
  }
}

/** Finds what is wrong in one value. */
type Check = (value: never, path: string, problems: Problems) => void;
type Checker = (message: object, path: string, problems: Problems) => void;

const checkers = new WeakMap<DescMessage, Checker>();

function checkerOf(schema: DescMessage): Checker {
  const known = checkers.get(schema);
  if (known !== undefined) return known;
  let fields: readonly FieldCheck[] = [];
  const checker: Checker = (message, path, problems) => {
    for (const { member, oneof, name, check } of fields) {
      const held = (message as Readonly<Record<string, unknown>>)[oneof ?? member];
      const value = oneof === null ? held : caseOf(held, member);
      if (value !== undefined) check(value as never, path === '' ? name : `${path}.${name}`, problems);
    }
  };
  // Before its fields are looked at: a message may have itself inside.
  checkers.set(schema, checker);
  fields = schema.fields.map(fieldCheck).filter((each) => each !== null);
  return checker;
}

interface FieldCheck {
  readonly member: string;
  readonly oneof: string | null;
  /** As the proto has it. */
  readonly name: string;
  readonly check: Check;
}

function caseOf(oneof: unknown, member: string): unknown {
  const { case: which, value } = oneof as { readonly case?: string; readonly value?: unknown };
  return which === member ? value : undefined;
}

/** Null for what cannot be wrong: numbers, truths and bytes. */
function fieldCheck(field: DescField): FieldCheck | null {
  const check = valueCheck(field);
  if (check === null) return null;
  return { member: field.localName, oneof: field.oneof?.localName ?? null, name: field.name, check };
}

function valueCheck(field: DescField): Check | null {
  switch (field.fieldKind) {
    case 'list': {
      const each = singleCheck(field.listKind, field);
      return each && ((list: readonly never[], path, problems) => {
        for (let index = 0; index < list.length; index++) each(list[index]!, pathOf(path, index), problems);
      });
    }
    case 'map': {
      const each = singleCheck(field.mapKind, field);
      return (map: Readonly<Record<string, never>>, path, problems) => {
        for (const key in map) {
          const inside = pathOf(path, key);
          if (!isStorable(key)) problems.add(inside, unstorableText);
          each?.(map[key]!, inside, problems);
        }
      };
    }
    default:
      return singleCheck(field.fieldKind, field);
  }
}

function singleCheck(kind: 'scalar' | 'enum' | 'message', { scalar, enum: names, message }: DescField): Check | null {
  if (kind === 'message') {
    const checker = checkerOf(message!);
    return checker;
  }
  if (kind === 'enum') {
    const { value: known, values } = names!;
    return (number: number, path, problems) => {
      if (known[number] !== undefined) return;
      problems.add(path, `must be one of ${values.map(({ name }) => name).join(', ')}`);
    };
  }
  if (scalar !== stringType) return null;
  return (text: string, path, problems) => {
    if (!isStorable(text)) problems.add(path, unstorableText);
  };
}

/** google.protobuf.FieldDescriptorProto.TYPE_STRING */
const stringType = 9;
