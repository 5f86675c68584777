import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { createRuntime as startRuntime, type Model, type Runtime } from '../../src/imaging/local/models/runtime.ts';

type Answer = Awaited<ReturnType<Model['run']>>;
type Slots = Pick<Model, 'inputs' | 'outputs'>;

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const library = readFileSync(join(modules, 'onnxruntime-web/package.json'));
/** What the models said of an input, by library, model and input: the files of tests show them the same few photos. */
const folder = join(modules, '.cache/waybill-test/model-answers');
mkdirSync(folder, { recursive: true });
const answers = new Map<string, Promise<Answer>>();

/**
 * A runtime whose models run only for what none has answered yet, and are opened only then: compiling their code takes
 * longer than most runs.
 */
export async function createRuntime(): Promise<Runtime> {
  return { name: 'wasm', open };
}

async function open(onnx: Uint8Array): Promise<Model> {
  const name = digest(library, onnx);
  let opened: Promise<Model> | undefined;
  const model = (): Promise<Model> => (opened ??= startRuntime('wasm').then((runtime) => runtime.open(onnx)));
  const slots = await remembered(digest(name, 'slots'), async (): Promise<Slots> => {
    const { inputs, outputs } = await model();
    return { inputs, outputs };
  });
  return {
    ...slots,
    run: async (input, dims) => {
      const key = digest(name, dims.join(), new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
      const answer = answers.get(key) ?? remembered(key, async () => (await model()).run(input, dims));
      answers.set(key, answer);
      return copied(await answer);
    },
    release: async () => (await opened)?.release(),
  };
}

function digest(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

async function remembered<T>(key: string, find: () => Promise<T>): Promise<T> {
  const file = join(folder, key);
  try {
    return deserialize(readFileSync(file)) as T;
  } catch {
    const found = await find();
    const written = `${file}.${process.pid}`;
    writeFileSync(written, serialize(found));
    renameSync(written, file);
    return found;
  }
}

function copied(outputs: Answer): Answer {
  const entries = Object.entries(outputs);
  return Object.fromEntries(entries.map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]));
}
