/** The messages of `fields` in the binary format of protobuf: https://protobuf.dev/programming-guides/encoding */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { fields, type MessageName } from './fields.ts';

type Message = Record<string, unknown>;

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly isRepeated: boolean;
  /** Absent is not the same as empty. */
  readonly isOptional: boolean;
}

interface Scalar {
  readonly wireType: WireType;
  readonly empty: unknown;
  read(reader: BinaryReader): unknown;
  write(writer: BinaryWriter, value: never): unknown;
}

const scalars: Readonly<Record<string, Scalar>> = {
  string: {
    wireType: WireType.LengthDelimited, empty: '', read: (from) => from.string(true),
    write: (to, value: string) => to.string(value),
  },
  bytes: {
    wireType: WireType.LengthDelimited, empty: new Uint8Array(), read: (from) => from.bytes(),
    write: (to, value: Uint8Array) => to.bytes(value),
  },
  int32: {
    wireType: WireType.Varint, empty: 0, read: (from) => from.int32(), write: (to, value: number) => to.int32(value),
  },
  enum: {
    wireType: WireType.Varint, empty: 0, read: (from) => from.int32(), write: (to, value: number) => to.int32(value),
  },
  int64: {
    wireType: WireType.Varint, empty: 0n, read: (from) => from.int64(), write: (to, value: bigint) => to.int64(value),
  },
  uint64: {
    wireType: WireType.Varint, empty: 0n, read: (from) => from.uint64(), write: (to, value: bigint) => to.uint64(value),
  },
  double: {
    wireType: WireType.Bit64, empty: 0, read: (from) => from.double(), write: (to, value: number) => to.double(value),
  },
};

const known = new Map<string, readonly Field[]>();

function fieldsOf(message: string): readonly Field[] {
  let found = known.get(message);
  if (found === undefined) {
    found = Object.entries(fields[message as MessageName]).map(([name, text]: [string, string]) => {
      const [number, ...words] = text.split(' ');
      const type = words.at(-1) ?? '';
      return {
        name, number: Number(number), type, isRepeated: words[0] === 'repeated', isOptional: words[0] === 'optional',
      };
    });
    known.set(message, found);
  }
  return found;
}

export function encode(name: MessageName, message: object): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, name, message as Message);
  return writer.finish();
}

/** @throws when it is no such message; what is not known in it is left out */
export function decode(name: MessageName, bytes: Uint8Array): Message {
  return readMessage(new BinaryReader(bytes), name, bytes.length);
}

function writeMessage(writer: BinaryWriter, message: string, values: Message): void {
  for (const field of fieldsOf(message)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (field.type === 'map') {
      for (const [key, text] of Object.entries(value as Readonly<Record<string, string>>)) {
        writer.tag(field.number, WireType.LengthDelimited).fork();
        writer.tag(1, WireType.LengthDelimited).string(key).tag(2, WireType.LengthDelimited).string(text).join();
      }
    } else if (field.isRepeated) for (const each of value as readonly unknown[]) writeValue(writer, field, each);
    else if (field.isOptional || !isEmpty(field, value)) writeValue(writer, field, value);
  }
}

function isEmpty({ type }: Field, value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return Object.is(value, scalars[type]?.empty);
}

function writeValue(writer: BinaryWriter, { number, type }: Field, value: unknown): void {
  const scalar = scalars[type];
  if (scalar !== undefined) return void scalar.write(writer.tag(number, scalar.wireType), value as never);
  writer.tag(number, WireType.LengthDelimited).fork();
  writeMessage(writer, type, value as Message);
  writer.join();
}

function readMessage(reader: BinaryReader, message: string, end: number): Message {
  const list = fieldsOf(message);
  const values: Message = {};
  for (const { name, type, isRepeated, isOptional } of list) {
    if (isRepeated) values[name] = [];
    else if (type === 'map') values[name] = Object.create(null);
    else if (type in scalars && !isOptional) values[name] = scalars[type]?.empty;
  }
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = list.find((each) => each.number === number);
    if (field === undefined || wireType !== (scalars[field.type]?.wireType ?? WireType.LengthDelimited)) {
      reader.skip(wireType, number);
    } else readField(reader, field, values);
  }
  return values;
}

function readField(reader: BinaryReader, { name, type, isRepeated }: Field, values: Message): void {
  if (type === 'map') {
    const { key, value } = readEntry(reader);
    (values[name] as Record<string, string>)[key] = value;
    return;
  }
  const value = scalars[type]?.read(reader) ?? nested(reader, (end) => readMessage(reader, type, end));
  if (isRepeated) (values[name] as unknown[]).push(value);
  else values[name] = value;
}

function readEntry(reader: BinaryReader): { readonly key: string; readonly value: string } {
  return nested(reader, (end) => {
    const texts = ['', ''];
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const isText = wireType === WireType.LengthDelimited && (number === 1 || number === 2);
      if (isText) texts[number - 1] = reader.string(true);
      else reader.skip(wireType, number);
    }
    return { key: texts[0]!, value: texts[1]! };
  });
}

/** @throws when it is longer than what it is in */
function nested<T>(reader: BinaryReader, read: (end: number) => T): T {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('premature EOF');
  const value = read(end);
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return value;
}
