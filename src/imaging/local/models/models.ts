import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRuntime, type Model, type Runtime, type RuntimeName } from './runtime.ts';

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
  /** Throws when a model is missing or damaged. */
  verify(): Promise<void>;
  get(name: ModelName): Promise<Model>;
  close(): Promise<void>;
}

const FOLDER = new URL('../../../../assets/models/', import.meta.url);

export function createModels(named: RuntimeName | Runtime): Models {
  const open = new Map<ModelName, Promise<Model>>();
  let runtime: Promise<Runtime> | undefined;
  let closed = false;

  async function load(name: ModelName): Promise<Model> {
    const bytes = await checkedBytes(name);
    runtime ??= typeof named === 'string' ? createRuntime(named) : Promise.resolve(named);
    return (await runtime).open(bytes);
  }

  return {
    async verify() {
      for (const name of Object.keys(files) as ModelName[]) await checkedBytes(name);
    },
    async get(name) {
      if (closed) throw new Error('the models are closed');
      let model = open.get(name);
      if (model === undefined) {
        model = load(name);
        open.set(name, model);
        // A failed load is not remembered: the next picture tries again.
        model.catch(() => open.delete(name));
      }
      return model;
    },
    async close() {
      closed = true;
      const opened = await Promise.allSettled(open.values());
      open.clear();
      for (const one of opened) if (one.status === 'fulfilled') await one.value.release();
    },
  };
}

async function checkedBytes(name: ModelName): Promise<Uint8Array> {
  const [file, sha256] = files[name];
  const bytes = await readFile(new URL(file, FOLDER));
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) throw new Error(`the model ${file} is damaged: its SHA-256 is ${actual}`);
  return bytes;
}
