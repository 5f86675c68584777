/**
 * Writes the few parts of an ONNX file that the conversion needs. ONNX is a protobuf message; the field
 * numbers are those of onnx.proto3 (IR version 8). Shapes and names only, no checks: the runtime does those.
 */
export type Attribute = number | string | readonly number[] | { readonly float: number };
export type ElementType = 'float32' | 'float16' | 'int64';
const elementCodes: Readonly<Record<ElementType, number>> = { float32: 1, int64: 7, float16: 10 };

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}
const integer = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...varint(field << 3), ...varint(value)]);
function bytes(field: number, value: Uint8Array | string): Uint8Array {
  const body = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  const head = [...varint((field << 3) | 2), ...varint(body.length)];
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}
function float(field: number, value: number): Uint8Array {
  const out = new Uint8Array(5);
  out[0] = (field << 3) | 5;
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}
const join = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'number') return join([bytes(1, name), integer(3, value), integer(20, 2)]);
  if (typeof value === 'string') return join([bytes(1, name), bytes(4, value), integer(20, 3)]);
  if ('float' in value) return join([bytes(1, name), float(2, value.float), integer(20, 1)]);
  return join([bytes(1, name), ...value.map((one) => integer(8, one)), integer(20, 7)]);
}

export class OnnxGraph {
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  #fresh = 0;

  fresh(hint: string): string {
    this.#fresh += 1;
    return `${hint}__${this.#fresh}`;
  }

  add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output: string = this.fresh(operator),
  ): string {
    const parts = inputs.map((name) => bytes(1, name));
    parts.push(bytes(2, output), bytes(3, output), bytes(4, operator));
    for (const [name, value] of Object.entries(attributes)) parts.push(bytes(5, attribute(name, value)));
    this.#nodes.push(bytes(1, join(parts)));
    return output;
  }

  constant(type: ElementType, shape: readonly number[], data: Uint8Array, name: string = this.fresh('const')): string {
    const dims = shape.map((size) => integer(1, size));
    this.#initializers.push(bytes(5, join([...dims, integer(2, elementCodes[type]), bytes(8, name), bytes(9, data)])));
    return name;
  }

  longs(values: readonly number[]): string {
    const data = BigInt64Array.from(values.map(BigInt));
    return this.constant('int64', [values.length], new Uint8Array(data.buffer));
  }

  /** A dimension of null is left open. */
  serialize(
    name: string,
    inputs: ReadonlyMap<string, readonly (number | null)[]>,
    outputs: readonly string[],
    type: ElementType = 'float32',
  ): Uint8Array {
    const value = (valueName: string, shape: readonly (number | null)[] | undefined): Uint8Array => {
      const dims = (shape ?? []).map((size, at) => bytes(1, size === null ? bytes(2, `d${at}`) : integer(1, size)));
      const element = integer(1, elementCodes[type]);
      const tensor = shape === undefined ? element : join([element, bytes(2, join(dims))]);
      return join([bytes(1, valueName), bytes(2, bytes(1, tensor))]);
    };
    const graph = join([
      ...this.#nodes,
      bytes(2, name),
      ...this.#initializers,
      ...[...inputs].map(([input, shape]) => bytes(11, value(input, shape))),
      ...outputs.map((output) => bytes(12, value(output, undefined))),
    ]);
    const opset = join([bytes(1, ''), integer(2, 13)]);
    return join([integer(1, 8), bytes(2, 'waybill tfjs conversion'), bytes(7, graph), bytes(8, opset)]);
  }
}
