import { readFileSync } from 'node:fs';
import { createRuntime as startRuntime, type Model, type Runtime } from '../../src/imaging/local/models/runtime.ts';
import { digest, kept } from './kept.ts';

type Answer = Awaited<ReturnType<Model['run']>>;
type Slots = Pick<Model, 'inputs' | 'outputs'>;

const library = readFileSync(new URL('../../node_modules/onnxruntime-web/package.json', import.meta.url));
/** What the models said of an input, by library, model and input: the files of tests show them the same few photos. */
const folder = 'model-answers';
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
  const slots = await kept(folder, digest(name, 'slots'), async (): Promise<Slots> => {
    const { inputs, outputs } = await model();
    return { inputs, outputs };
  });
  return {
    ...slots,
    run: async (input, dims) => {
      const key = digest(name, dims.join(), new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
      const answer = answers.get(key) ?? kept(folder, key, async () => (await model()).run(input, dims));
      answers.set(key, answer);
      return copied(await answer);
    },
    release: async () => (await opened)?.release(),
  };
}

function copied(outputs: Answer): Answer {
  const entries = Object.entries(outputs);
  return Object.fromEntries(entries.map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]));
}
