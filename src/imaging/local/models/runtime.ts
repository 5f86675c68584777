import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fromHalves, toHalves } from './half.ts';

/**
 * `wasm` runs anywhere. `native` takes half the time and memory for a picture and needs the package onnxruntime-node
 * (288 MB; tried with 1.30.0), which is not among our dependencies.
 */
export type RuntimeName = 'wasm' | 'native';

export type Numbers = Float32Array<ArrayBufferLike>;
export interface Output { readonly data: Numbers; readonly dims: readonly number[] }

/** An input or output as the model declares it. */
export interface Slot {
  readonly name: string;
  /** Of its numbers: `float32`, `float16`, …; `other` for what is no tensor. */
  readonly type: string;
  /** Null where the model leaves it open. */
  readonly dims: readonly (number | null)[];
}

export interface Model {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** The first input, every output by its name. The numbers are copies: they outlive the run. */
  run(input: Numbers, dims: readonly number[]): Promise<Readonly<Record<string, Output>>>;
  release(): Promise<void>;
}

export interface Runtime {
  readonly name: RuntimeName;
  open(onnx: Uint8Array): Promise<Model>;
}

/** The part of the two packages' common interface that is used here. */
interface Ort {
  readonly env: { logLevel?: string; wasm: { numThreads?: number; wasmPaths?: unknown; wasmBinary?: ArrayBufferLike } };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: Numbers | Uint16Array, dims: readonly number[]) => OrtTensor;
}
interface OrtTensor { readonly type: string; readonly data: unknown; readonly dims: readonly number[]; dispose(): void }
interface OrtSlot {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}
interface OrtSession {
  readonly inputMetadata: readonly OrtSlot[];
  readonly outputMetadata: readonly OrtSlot[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** With `auto` the native one where it is installed and loads, and WebAssembly anywhere else. */
export async function createRuntime(wanted: RuntimeName | 'auto'): Promise<Runtime> {
  const native = wanted === 'wasm' ? undefined : await loadNative(wanted === 'auto');
  const name = native === undefined ? 'wasm' : 'native';
  const ort = native ?? (await loadWasm());
  const session = {
    executionProviders: [name === 'native' ? 'cpu' : 'wasm'],
    graphOptimizationLevel: 'all',
    // Without them a run is as fast and takes 20 MB less.
    enableCpuMemArena: false,
    enableMemPattern: false,
    // One picture at a time: workers go parallel by item, and two threads in one only take turns.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  };
  return { name, open: async (onnx) => asModel(ort, await ort.InferenceSession.create(onnx, session)) };
}

/**
 * The runtime's own loader would fetch its files. They are named by their place in the installed package instead,
 * and the binary is handed over, so that nothing is asked of any network.
 */
async function loadWasm(): Promise<Ort> {
  const packages = createRequire(import.meta.url);
  const binary = packages.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const ort = (await import('onnxruntime-web/wasm')) as unknown as Ort;
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${pathToFileURL(path.dirname(binary)).href}/`;
  ort.env.wasm.wasmBinary ??= (await readFile(binary)).buffer;
  return ort;
}

async function loadNative(isOptional: boolean): Promise<Ort | undefined> {
  const installed: string = 'onnxruntime-node';
  try {
    return (await import(installed)) as Ort;
  } catch (error) {
    if (isOptional) return undefined;
    throw new Error('the native runtime needs the package onnxruntime-node: npm install onnxruntime-node', {
      cause: error,
    });
  }
}

function asModel(ort: Ort, session: OrtSession): Model {
  const [inputs, outputs] = [session.inputMetadata.map(asSlot), session.outputMetadata.map(asSlot)];
  const [input] = inputs;
  if (input === undefined) throw new Error('the model has no input');
  return {
    inputs,
    outputs,
    async run(data, dims) {
      const given = input.type === 'float16' ? halfTensor(ort, data, dims) : new ort.Tensor('float32', data, dims);
      let results: Record<string, OrtTensor> = {};
      try {
        results = await session.run({ [input.name]: given });
        const copies = Object.entries(results).map(([name, tensor]): [string, Output] => {
          return [name, { data: floatsOf(name, tensor), dims: [...tensor.dims] }];
        });
        return Object.fromEntries(copies);
      } finally {
        given.dispose();
        for (const tensor of Object.values(results)) tensor.dispose();
      }
    },
    release: () => session.release(),
  };
}

/**
 * The tensor would make a Float16Array of the bits where the engine has that type, and the native runtime (1.30.0)
 * reads it as empty: it is shown the bits instead.
 */
function halfTensor(ort: Ort, data: Numbers, dims: readonly number[]): OrtTensor {
  const bits = toHalves(data);
  const tensor = new ort.Tensor('float16', bits, dims);
  return Object.defineProperty(tensor, 'data', { value: bits });
}

function asSlot({ name, isTensor, type, shape = [] }: OrtSlot): Slot {
  const dims = shape.map((size) => (typeof size === 'number' && size > 0 ? size : null));
  return { name, type: isTensor ? (type ?? 'other') : 'other', dims };
}

/** Halves come as the array type of their own that newer engines have, or as their bits. */
function floatsOf(name: string, { type, data }: OrtTensor): Float32Array {
  if (data instanceof Float32Array) return Float32Array.from(data);
  if (type === 'float16' && data instanceof Uint16Array) return fromHalves(data);
  if (type === 'float16') return Float32Array.from(data as ArrayLike<number>);
  throw new Error(`the model's ${name} is of ${type}, not of floats`);
}
