import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { createRestyler, type Restyler } from '../../src/imaging/local/index.ts';
import { createRuntime, type Model, type Runtime } from '../../src/imaging/local/models/runtime.ts';

type Answer = Awaited<ReturnType<Model['run']>>;

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const library = readFileSync(join(modules, 'onnxruntime-web/package.json'));
/** What the models said of an input, by library, model and input: the files of tests show them the same few photos. */
const folder = join(modules, '.cache/waybill-test/model-answers');
mkdirSync(folder, { recursive: true });
const answers = new Map<string, Promise<Answer>>();

const digest = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const models: Runtime = {
  name: 'wasm',
  open: async (onnx) => {
    const model = await (await createRuntime('wasm')).open(onnx);
    const name = digest(library, onnx);
    return {
      ...model,
      run: async (input, dims) => {
        const key = digest(name, dims.join(), new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
        const answer = answers.get(key) ?? remembered(key, () => model.run(input, dims));
        answers.set(key, answer);
        return copied(await answer);
      },
    };
  },
};

async function remembered(key: string, run: () => Promise<Answer>): Promise<Answer> {
  const file = join(folder, key);
  try {
    return deserialize(readFileSync(file)) as Answer;
  } catch {
    const answer = await run();
    const written = `${file}.${process.pid}`;
    writeFileSync(written, serialize(answer));
    renameSync(written, file);
    return answer;
  }
}

function copied(outputs: Answer): Answer {
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
