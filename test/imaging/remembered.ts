import { createHash } from 'node:crypto';
import { createRestyler, type Restyler } from '../../src/imaging/local/index.ts';
import { createRuntime, type Model, type Runtime } from '../../src/imaging/local/models/runtime.ts';

const digest = (data: Uint8Array): string => createHash('sha1').update(data).digest('base64');

/** What the models said of an input, by model and input: the files of one process show them the same few photos. */
const answers = new Map<string, ReturnType<Model['run']>>();

const models: Runtime = {
  name: 'wasm',
  open: async (onnx) => {
    const model = await (await createRuntime('wasm')).open(onnx);
    const name = digest(onnx);
    return {
      ...model,
      run: async (input, dims) => {
        const key = `${name} ${dims} ${digest(new Uint8Array(input.buffer, input.byteOffset, input.byteLength))}`;
        const answer = answers.get(key) ?? model.run(input, dims);
        answers.set(key, answer);
        return copied(await answer);
      },
    };
  },
};

function copied(outputs: Awaited<ReturnType<Model['run']>>): Awaited<ReturnType<Model['run']>> {
  const entries = Object.entries(outputs);
  return Object.fromEntries(entries.map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]));
}

/**
 * A restyler for tests of what is done with the models' answers: each answer, about 2 s of one core, is computed once.
 * Its time limit leaves room for a machine that has much else to do.
 */
export function createRememberingRestyler(): Promise<Restyler> {
  return createRestyler({ runtime: models, timeoutMs: 600_000 });
}
