import { OnnxGraph } from '../../assets/models/conversion/onnx-writer.ts';

/** A model with the interface of a family and a network of one layer. */
export interface Shape {
  readonly input?: string;
  readonly outputs?: readonly string[];
  readonly dims?: readonly (number | null)[];
  readonly type?: 'float32' | 'float16';
  /** What each output is of the mean of the three normalised channels: `factor * mean + offset`. */
  readonly factor?: number;
  readonly offset?: number;
  /** Channels of each output. */
  readonly channels?: number;
}

export function tinyModel(shape: Shape = {}): Uint8Array {
  const { input = 'x', outputs = ['y'], dims = [1, 3, 320, 320], type = 'float32' } = shape;
  const { factor = 1, offset = 0, channels = 1 } = shape;
  const graph = new OnnxGraph();
  const weights = graph.constant(
    type,
    [channels, 3, 1, 1],
    numbers(type, Array<number>(channels * 3).fill(factor / 3)),
  );
  const bias = graph.constant(type, [channels], numbers(type, Array<number>(channels).fill(offset)));
  for (const output of outputs) graph.add('Conv', [input, weights, bias], {}, output);
  return graph.serialize('tiny', new Map([[input, dims]]), outputs, type);
}

function numbers(type: 'float32' | 'float16', values: readonly number[]): Uint8Array {
  if (type === 'float32') return new Uint8Array(Float32Array.from(values).buffer);
  const bits = new DataView(new ArrayBuffer(values.length * 2));
  values.forEach((value, at) => bits.setUint16(at * 2, halfOf(value), true));
  return new Uint8Array(bits.buffer);
}

/** Of a number that is 0 or at least 2^-14. */
function halfOf(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) + (exponent + 15) * 1024 + fraction;
}
