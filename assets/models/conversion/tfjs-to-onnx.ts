/**
 * Turns a TensorFlow.js graph model (model.json and its .bin) into one ONNX file, so that every model here runs in
 * one runtime. Run once per model, by hand; the results are in the folder above, their hashes in the source.
 *
 *   node tfjs-to-onnx.ts model.json out.onnx outputName[,outputName]
 *
 * Tensors stay in TensorFlow's NHWC order; each convolution is wrapped in two transposes, which the runtime's
 * optimiser cancels out when it loads the file. An operator that is not listed stops the conversion.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OnnxGraph, type ElementType } from './onnx-writer.ts';

interface TfAttribute {
  s?: string;
  b?: boolean;
  f?: number;
  list?: { i?: string[]; s?: string[] };
  shape?: { dim: { size: string }[] };
}
interface TfNode { name: string; op: string; input?: string[]; attr?: Record<string, TfAttribute> }
interface TfWeight { name: string; shape: number[]; dtype: string; quantization?: { dtype: string } }
interface TfModel { modelTopology: { node: TfNode[] }; weightsManifest: { paths: string[]; weights: TfWeight[] }[] }
interface Constant { weight: TfWeight; data: Uint8Array }

const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];


function readConstants(modelPath: string, model: TfModel): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const group of model.weightsManifest) {
    const files = group.paths.map((file) => readFileSync(path.join(path.dirname(modelPath), file)));
    const all = new Uint8Array(Buffer.concat(files));
    let at = 0;
    for (const weight of group.weights) {
      const width = weight.quantization?.dtype === 'float16' ? 2 : 4;
      const length = width * weight.shape.reduce((product, size) => product * size, 1);
      constants.set(weight.name, { weight, data: all.slice(at, at + length) });
      at += length;
    }
    if (at !== all.length) throw new Error(`weights end at ${at} of ${all.length} bytes`);
  }
  return constants;
}

class Conversion {
  readonly graph = new OnnxGraph();
  readonly constants: Map<string, Constant>;
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** TensorFlow's tensor name to ONNX's. */
  readonly names = new Map<string, string>();
  readonly inputs = new Map<string, readonly number[]>();

  constructor(modelPath: string) {
    const model = JSON.parse(readFileSync(modelPath, 'utf8')) as TfModel;
    this.constants = readConstants(modelPath, model);
    this.nodes = new Map(model.modelTopology.node.map((node) => [node.name, node]));
  }

  integers(name: string): number[] {
    const constant = this.constants.get(name.replace(/:0$/, ''));
    if (constant === undefined) return this.folded(name);
    if (constant.weight.dtype !== 'int32') throw new Error(`${name} is not a constant of integers`);
    return [...new Int32Array(constant.data.slice().buffer)];
  }

  /** Integers that TensorFlow computes out of constants alone: sums, and shapes built by SparseToDense. */
  folded(name: string): number[] {
    const node = this.nodes.get(name);
    const operands = (): number[][] => (node?.input ?? []).map((one) => this.integers(one));
    if (node?.op === 'AddV2' || node?.op === 'Add') {
      const [left = [], right = []] = operands();
      const length = Math.max(left.length, right.length);
      return Array.from({ length }, (_, at) => left[at % left.length]! + right[at % right.length]!);
    }
    if (node?.op !== 'SparseToDense') throw new Error(`${name} is not constant`);
    const [indices = [], size = [0], values = [], fallback = [0]] = operands();
    const out = new Array<number>(size[0] ?? 0).fill(fallback[0] ?? 0);
    indices.forEach((index, at) => (out[index] = values[at % values.length]!));
    return out;
  }

  constantAs(name: string, permutation?: readonly number[]): string {
    const { weight, data } = this.constants.get(name)!;
    const half = weight.quantization?.dtype === 'float16';
    if (weight.dtype !== 'float32') throw new Error(`constant ${name} of type ${weight.dtype} is used as a tensor`);
    const type: ElementType = half ? 'float16' : 'float32';
    const raw = permutation ? permuted(data, weight.shape, permutation, half ? 2 : 4) : data;
    const shape = permutation ? permutation.map((axis) => weight.shape[axis]!) : weight.shape;
    const stored = this.graph.constant(type, shape, raw);
    return half ? this.graph.add('Cast', [stored], { to: 1 }) : stored;
  }

  tensor(name: string): string {
    const key = name.replace(/:0$/, '').replace(/^\^/, '');
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const node = this.nodes.get(key.split(':')[0]!);
    if (node === undefined) throw new Error(`no node ${key}`);
    const made = this.constants.has(key) ? this.constantAs(key) : this.convert(node);
    this.names.set(key, made);
    return this.names.get(key)!;
  }

  convert(node: TfNode): string {
    const input = (at: number): string => this.tensor(node.input![at]!);
    const { graph } = this;
    switch (node.op) {
      case 'Placeholder': return this.placeholder(node);
      case 'Identity': return input(0);
      case 'Add': case 'AddV2': case 'BiasAdd': return graph.add('Add', [input(0), input(1)]);
      case 'AddN': return graph.add('Sum', node.input!.map((name) => this.tensor(name)));
      case 'Mul': return graph.add('Mul', [input(0), input(1)]);
      case 'Relu': case 'Sigmoid': return graph.add(node.op, [input(0)]);
      case 'Relu6': return this.activation('Relu6', input(0), node);
      case 'LeakyRelu': return this.activation('LeakyRelu', input(0), node);
      case 'Conv2D': case '_FusedConv2D': case 'DepthwiseConv2dNative': case 'Conv2DBackpropInput':
        return this.convolution(node);
      case 'MaxPool': case 'AvgPool': return this.pool(node);
      case 'Pad': case 'PadV2': return this.pad(node);
      case 'Reshape': return graph.add('Reshape', [input(0), graph.longs(this.integers(node.input![1]!))]);
      case 'Transpose': return graph.add('Transpose', [input(0)], { perm: this.integers(node.input![1]!) });
      case 'ConcatV2': return graph.add('Concat', node.input!.slice(0, -1).map((name) => this.tensor(name)), {
        axis: this.integers(node.input!.at(-1)!)[0]!,
      });
      case 'ResizeBilinear': return this.resize(node);
      case 'SplitV': return this.split(node);
      default: throw new Error(`operator ${node.op} of ${node.name} is not supported`);
    }
  }

  placeholder(node: TfNode): string {
    const shape = node.attr!['shape']!.shape!.dim.map(({ size }) => Number(size));
    if (shape[0] === -1) shape[0] = 1;
    this.inputs.set('input', shape);
    return 'input';
  }

  activation(kind: string, input: string, node: TfNode): string {
    if (kind === 'Relu' || kind === 'Elu') return this.graph.add(kind, [input]);
    if (kind === 'LeakyRelu') return this.graph.add(kind, [input], { alpha: { float: node.attr!['alpha']?.f ?? 0.2 } });
    if (kind !== 'Relu6') throw new Error(`activation ${kind}`);
    const bound = (value: number): string =>
      this.graph.constant('float32', [], new Uint8Array(Float32Array.of(value).buffer));
    return this.graph.add('Clip', [input, bound(0), bound(6)]);
  }

  convolution(node: TfNode): string {
    const { graph } = this;
    const backward = node.op === 'Conv2DBackpropInput';
    const depthwise = node.op === 'DepthwiseConv2dNative';
    const shape = this.constants.get(node.input![1]!)!.weight.shape;
    const [height = 0, width = 0, inner = 0, multiplier = 0] = shape;
    if (depthwise && multiplier !== 1) throw new Error('a depthwise convolution with a multiplier');
    // TensorFlow's filters are HWIO (HWC1 when depthwise, HWOI when transposed), ONNX's OIHW (IOHW when transposed).
    const weights = this.constantAs(node.input![1]!, depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
    const input = graph.add('Transpose', [this.tensor(node.input![backward ? 2 : 0]!)], { perm: toNchw });
    const fused = (node.attr!['fused_ops']?.list?.s ?? []).map(text);
    const withBias = fused[0] === 'BiasAdd';
    const operands = withBias ? [input, weights, this.tensor(node.input![2]!)] : [input, weights];
    let out = graph.add(backward ? 'ConvTranspose' : 'Conv', operands, {
      kernel_shape: [height, width],
      strides: middle(node, 'strides'),
      dilations: middle(node, 'dilations'),
      group: depthwise ? inner : 1,
      auto_pad: text(node.attr!['padding']!.s!) === 'SAME' ? 'SAME_UPPER' : 'VALID',
    });
    out = graph.add('Transpose', [out], { perm: toNhwc });
    for (const kind of fused.slice(withBias ? 1 : 0)) out = this.activation(kind, out, node);
    return out;
  }

  pool(node: TfNode): string {
    const input = this.graph.add('Transpose', [this.tensor(node.input![0]!)], { perm: toNchw });
    const out = this.graph.add(node.op === 'MaxPool' ? 'MaxPool' : 'AveragePool', [input], {
      kernel_shape: middle(node, 'ksize'),
      strides: middle(node, 'strides'),
      auto_pad: text(node.attr!['padding']!.s!) === 'SAME' ? 'SAME_UPPER' : 'VALID',
    });
    return this.graph.add('Transpose', [out], { perm: toNhwc });
  }

  pad(node: TfNode): string {
    const pairs = this.integers(node.input![1]!);
    const starts = pairs.filter((_, at) => at % 2 === 0);
    const ends = pairs.filter((_, at) => at % 2 === 1);
    const operands = [this.tensor(node.input![0]!), this.graph.longs([...starts, ...ends])];
    if (node.op === 'PadV2') operands.push(this.tensor(node.input![2]!));
    return this.graph.add('Pad', operands);
  }

  resize(node: TfNode): string {
    const { graph } = this;
    const source = graph.add('Transpose', [this.tensor(node.input![0]!)], { perm: toNchw });
    const size = graph.longs(this.integers(node.input![1]!));
    const kept = graph.add('Slice', [graph.add('Shape', [source]), graph.longs([0]), graph.longs([2])]);
    const sizes = graph.add('Concat', [kept, size], { axis: 0 });
    const plain = node.attr!['half_pixel_centers']?.b ? 'half_pixel' : 'asymmetric';
    const mode = node.attr!['align_corners']?.b ? 'align_corners' : plain;
    const out = graph.add('Resize', [source, '', '', sizes], { mode: 'linear', coordinate_transformation_mode: mode });
    return graph.add('Transpose', [out], { perm: toNhwc });
  }

  /** Only splits whose parts are each named `node`, `node:1`, … */
  split(node: TfNode): string {
    const sizes = this.integers(node.input![1]!);
    const axis = this.integers(node.input![2]!)[0]!;
    const source = this.tensor(node.input![0]!);
    let at = 0;
    sizes.forEach((size, part) => {
      const { graph } = this;
      const bounds = [graph.longs([at]), graph.longs([at + size]), graph.longs([axis])];
      this.names.set(part === 0 ? node.name : `${node.name}:${part}`, graph.add('Slice', [source, ...bounds]));
      at += size;
    });
    return this.names.get(node.name)!;
  }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString();

function middle(node: TfNode, name: string): number[] {
  const list = node.attr![name]?.list?.i?.map(Number) ?? [1, 1, 1, 1];
  return list.slice(1, 3);
}

function permuted(data: Uint8Array, shape: readonly number[], axes: readonly number[], width: number): Uint8Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const target = axes.map((axis) => shape[axis]!);
  const out = new Uint8Array(data.length);
  const at = target.map(() => 0);
  for (let index = 0; index * width < data.length; index += 1) {
    const source = axes.reduce((sum, axis, position) => sum + at[position]! * strides[axis]!, 0);
    out.set(data.subarray(source * width, (source + 1) * width), index * width);
    for (let axis = target.length - 1; axis >= 0; axis -= 1) {
      at[axis]! += 1;
      if (at[axis]! < target[axis]!) break;
      at[axis] = 0;
    }
  }
  return out;
}

const [source, target, outputList] = process.argv.slice(2);
if (source === undefined || target === undefined || outputList === undefined) {
  throw new Error('usage: tfjs-to-onnx.ts model.json out.onnx output[,output]');
}
const conversion = new Conversion(source);
const outputs = outputList.split(',').map((name) => {
  const made = conversion.tensor(name);
  const label = name.replaceAll(/[^\w]/g, '_');
  return conversion.graph.add('Identity', [made], {}, label);
});
writeFileSync(target, conversion.graph.serialize('converted', conversion.inputs, outputs));
console.log(`${target}: inputs ${JSON.stringify([...conversion.inputs])}, outputs ${outputs.join(', ')}`);
