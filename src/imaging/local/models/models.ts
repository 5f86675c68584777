import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { builtIn, type Description } from './description.ts';
import { openOwnModel } from './own-model.ts';
import { createRuntime, type Model, type Runtime, type RuntimeName } from './runtime.ts';
import { createSegmenter, type Segmenter } from './segmenter.ts';

/** What each is for, where it comes from and under which licence: assets/models/README.md. */
const files = {
  /** The salient subject of a picture. */
  u2netp: ['u2netp.onnx', '309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8'],
  /** Boxes of 80 kinds of things, of which people (and the animals they are mistaken for) are used. */
  nanodet: ['nanodet.onnx', '8248932308b730a66e0f5c0ff22a4af4129935d1c6db3aba1c336bee356c1f11'],
  /** Faces. */
  blazeface: ['blazeface.onnx', '09d5519eac233db9d57201a04010dd5cd02604481c322e7d7e4796d92b2ef1e1'],
  /** The pixels of a person who fills most of the frame. */
  selfie: ['selfie.onnx', '2a5fca7848967939eadc7666d5b68d5c70c1ed9e62a72085c573c17feef11550'],
} as const;

export type ModelName = keyof typeof files;

/** The models, each read, checked and opened at its first use and kept until `close`. */
export interface Models {
  /**
   * Throws when a model is missing or damaged, or the user's own cannot be used: that one is opened and tried. Resolves
   * to how the model that finds the subject is used.
   */
  verify(): Promise<Description>;
  get(name: ModelName): Promise<Model>;
  /** Finds the subject: the user's own model, or the one that is built in. */
  segmenter(): Promise<Segmenter>;
  /** What runs them. */
  runtime(): Promise<RuntimeName>;
  close(): Promise<void>;
}

/** Bytes at the end of the model's file that tell its inputs and outputs. */
const INTERFACE = 600;
const FOLDER = new URL('../../../../assets/models/', import.meta.url);

export interface ModelOptions {
  /** `auto` is the native one where it is installed. One of your own runs the models as it likes. */
  readonly runtime: RuntimeName | 'auto' | Runtime;
  /** File of a segmentation model to be used instead of the built-in one. */
  readonly segmentModel?: string | undefined;
}

export function createModels({ runtime: wanted, segmentModel }: ModelOptions): Models {
  const open = new Map<ModelName, Promise<Model>>();
  let own: ReturnType<typeof openOwnModel> | undefined;
  let runtime: Promise<Runtime> | undefined;
  let closed = false;

  const theRuntime = (): Promise<Runtime> =>
    (runtime ??= typeof wanted === 'string' ? createRuntime(wanted) : Promise.resolve(wanted));

  async function load(name: ModelName): Promise<Model> {
    const bytes = await checkedBytes(name);
    if (name === 'u2netp') openSize(bytes);
    return (await theRuntime()).open(bytes);
  }

  async function get(name: ModelName): Promise<Model> {
    if (closed) throw new Error('the models are closed');
    let model = open.get(name);
    if (model === undefined) {
      model = load(name);
      open.set(name, model);
      // A failed load is not remembered: the next picture tries again.
      model.catch(() => open.delete(name));
    }
    return model;
  }

  async function ownSegmenter(file: string): Promise<Segmenter> {
    if (closed) throw new Error('the models are closed');
    own ??= openOwnModel(file, await theRuntime());
    own.catch(() => (own = undefined));
    return (await own).segmenter;
  }

  const segmenter = async (): Promise<Segmenter> =>
    segmentModel === undefined ? createSegmenter(await get('u2netp'), builtIn) : ownSegmenter(segmentModel);

  return {
    async verify() {
      for (const name of Object.keys(files) as ModelName[]) await checkedBytes(name);
      return segmentModel === undefined ? builtIn : (await segmenter()).description;
    },
    get,
    segmenter,
    runtime: async () => (await theRuntime()).name,
    async close() {
      closed = true;
      const users = own === undefined ? [] : [own.then(({ model }) => model)];
      const opened = await Promise.allSettled([...open.values(), ...users]);
      open.clear();
      own = undefined;
      for (const one of opened) if (one.status === 'fulfilled') await one.value.release();
    },
  };
}

/** A dimension of 320, and one that is left open: the value gets the number of a field that ONNX does not have. */
const [FIXED, LEFT_OPEN] = [Buffer.from([0x0a, 3, 0x08, 0xc0, 2]), Buffer.from([0x0a, 3, 0x78, 0xc0, 2])];

/** U²-Net takes pictures of any size; its file says 320 x 320 of its input (onnx.proto, TensorShapeProto). */
function openSize(onnx: Uint8Array): void {
  const bytes = Buffer.from(onnx.buffer, onnx.byteOffset, onnx.length);
  // Inputs and outputs are told after the weights, which may hold the same bytes.
  for (let at = bytes.indexOf(FIXED, bytes.length - INTERFACE); at >= 0; at = bytes.indexOf(FIXED, at)) {
    bytes.set(LEFT_OPEN, at);
  }
}

async function checkedBytes(name: ModelName): Promise<Uint8Array> {
  const [file, sha256] = files[name];
  const bytes = await readFile(new URL(file, FOLDER));
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) throw new Error(`the model ${file} is damaged: its SHA-256 is ${actual}`);
  return bytes;
}
