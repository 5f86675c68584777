import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `wasm` runs anywhere. `native` takes half the time and memory for a picture and needs the package onnxruntime-node
 * (288 MB; tried with 1.30.0), which is not among our dependencies.
 */
export type RuntimeName = 'wasm' | 'native';

export type Numbers = Float32Array<ArrayBufferLike>;
export interface Output { readonly data: Numbers; readonly dims: readonly number[] }

export interface Model {
  /** One input, every output by its name. The numbers are copies: they outlive the run. */
  run(input: Numbers, dims: readonly number[]): Promise<Readonly<Record<string, Output>>>;
  release(): Promise<void>;
}

export interface Runtime {
  open(onnx: Uint8Array): Promise<Model>;
}

/** The part of the two packages' common interface that is used here. */
interface Ort {
  readonly env: { logLevel?: string; wasm: { numThreads?: number; wasmPaths?: unknown; wasmBinary?: ArrayBufferLike } };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: 'float32', data: Numbers, dims: readonly number[]) => OrtTensor;
}
interface OrtTensor { readonly data: unknown; readonly dims: readonly number[]; dispose(): void }
interface OrtSession {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

export async function createRuntime(name: RuntimeName): Promise<Runtime> {
  const ort = name === 'native' ? await loadNative() : await loadWasm();
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
  return { open: async (onnx) => asModel(ort, await ort.InferenceSession.create(onnx, session)) };
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

async function loadNative(): Promise<Ort> {
  const installed: string = 'onnxruntime-node';
  try {
    return (await import(installed)) as Ort;
  } catch (error) {
    throw new Error('the native runtime needs the package onnxruntime-node: npm install onnxruntime-node', {
      cause: error,
    });
  }
}

function asModel(ort: Ort, session: OrtSession): Model {
  const inputName = session.inputNames[0];
  if (inputName === undefined) throw new Error('the model has no input');
  return {
    async run(data, dims) {
      const input = new ort.Tensor('float32', data, dims);
      let outputs: Record<string, OrtTensor> = {};
      try {
        outputs = await session.run({ [inputName]: input });
        const copies = Object.entries(outputs).map(([name, tensor]): [string, Output] => {
          if (!(tensor.data instanceof Float32Array)) throw new Error(`the model's ${name} is not of floats`);
          return [name, { data: Float32Array.from(tensor.data), dims: [...tensor.dims] }];
        });
        return Object.fromEntries(copies);
      } finally {
        input.dispose();
        for (const tensor of Object.values(outputs)) tensor.dispose();
      }
    },
    release: () => session.release(),
  };
}
