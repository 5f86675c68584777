import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../src/kinds/task/typed/index.ts';
import { createWorker, DoNotRetry } from '../../src/kinds/task/worker/index.ts';
import type { Client } from '../../src/main/client/index.ts';
import { loadHandlers } from '../../src/main/node/handlers/handlers-file.ts';

const resize = defineTask({
  type: 'resize',
  input: z.object({ file: z.string(), width: z.number().default(800) }),
  output: z.object({ bytes: z.number() }),
});

describe('the types of a task', () => {
  test('are those of its schemas, for callers and for handlers', () => {
    // Compiled, not run: what must not compile is marked, and the check of types fails when it does.
    const compiled = async (client: Client): Promise<void> => {
      const run = await client.run(resize, { file: 'a.png' });
      const result: { bytes: number } = await run.result();
      void result;
      // @ts-expect-error a field that is missing
      await client.run(resize, { width: 7 });
      // @ts-expect-error a field that is misspelt
      await client.run(resize, { file: 'a.png', widht: 7 });
      // @ts-expect-error a value of another type
      await client.runAll(resize, [{ file: 7 }]);
      // @ts-expect-error what the result does not have
      void (await run.result()).pixels;
      // Defaults are filled in.
      resize.handle(({ data }) => ({ bytes: data.width.valueOf() }));
      // @ts-expect-error what the data does not have
      resize.handle(({ data }) => ({ bytes: data.height }));
      // @ts-expect-error a result that does not fit
      resize.handle(() => ({ bytes: 'many' }));
      // @ts-expect-error no result at all
      resize.handle(() => {});
      // @ts-expect-error an option that there is not
      defineTask({ type: 'a', input: z.null(), retries: 3 });
      const free = defineTask({ type: 'free', input: z.null() });
      // Any result, where nothing is said of it.
      free.handle(() => 7);
      free.handle(() => {});
    };
    expect(compiled).toBeTypeOf('function');
  });

  test('may come from any library of Standard Schema', async () => {
    const own = {
      '~standard': {
        version: 1 as const, vendor: 'own',
        validate: (value: unknown) => (typeof value === 'string'
          ? { value: value.length }
          : { issues: [{ message: 'must be text', path: [{ key: 'deep' }, 0, Symbol('s')] }] }),
        types: undefined as unknown as { readonly input: string; readonly output: number },
      },
    };
    const task = defineTask({ type: 'own', input: own }).handle(({ data }) => data.toFixed(1));
    expect((await task.test('four')).result).toBe('4.0');
    await expect(task.test(7 as never)).rejects.toThrow(
      'The data of the task does not fit its type: data.deep.0.Symbol(s): must be text',
    );
  });

  test('are refused where they are none', () => {
    expect(() => defineTask({ type: 'a b', input: z.null() })).toThrow('"a b" is not a task type');
    expect(() => defineTask({ type: 'a', input: {} as never })).toThrow('the input of task a is not a schema');
    expect(() => defineTask({ type: 'a', input: z.null(), output: z as never })).toThrow(
      'the output of task a is not a schema',
    );
    expect(() => resize.handle(undefined as never)).toThrow('the handler of resize is not a function');
  });

  test('have one handler in a worker', () => {
    const handled = resize.handle(() => ({ bytes: 1 }));
    const worker = { server: 'http://127.0.0.1:9', token: 'mira' };
    expect(() => createWorker({ ...worker, tasks: [handled, handled] })).toThrow(
      'there are two handlers for tasks of type resize',
    );
    expect(() => createWorker({ ...worker, handlers: { resize: () => {} }, tasks: [handled] })).toThrow(
      'there are two handlers for tasks of type resize',
    );
    expect(() => createWorker(worker)).toThrow('handlers must have 1 to 100 types');
  });
});

describe('a handler that is tried without a server', () => {
  test('gives its result and what it said meanwhile', async () => {
    const task = resize.handle(async ({ data, attempt, createdById }, ctx) => {
      await ctx.progress(1, 2);
      await ctx.progress(2);
      ctx.log(`resizing ${data.file}`);
      ctx.log('warn', 'a large one');
      ctx.logger.error('not sharp', { at: 3 });
      ctx.error(7, new Error('a bad pixel'));
      ctx.error(null, 'no profile');
      ctx.cost(40);
      ctx.cost(2);
      return { bytes: data.width * attempt * createdById.length };
    });
    expect(await task.test({ file: 'a.png' }, { attempt: 2, createdById: 'kim' })).toEqual({
      result: { bytes: 4_800 },
      progress: { processed: 2, total: 2 },
      log: [
        { level: 'info', message: 'resizing a.png' }, { level: 'warn', message: 'a large one' },
        { level: 'error', message: 'not sharp {"at":3}' },
      ],
      errors: [{ item: '7', message: 'a bad pixel' }, { item: null, message: 'no profile' }],
      costMicroUsd: 42,
      children: [],
      sleptMs: 0,
      steps: {},
    });
  });

  test('is stopped by a signal, as by a cancel', async () => {
    const stop = new AbortController();
    const task = resize.handle(async (_job, ctx) => {
      stop.abort(new Error('enough'));
      await ctx.progress(1);
      return { bytes: 1 };
    });
    await expect(task.test({ file: 'a.png' }, { signal: stop.signal })).rejects.toThrow('enough');
  });

  test('throws what it throws, and for what does not fit', async () => {
    const refusing = resize.handle(() => { throw new DoNotRetry('not a picture'); });
    const refused = { name: 'DoNotRetry', message: 'not a picture' };
    await expect(refusing.test({ file: 'a.png' })).rejects.toMatchObject(refused);
    const lying = resize.handle(() => ({ bytes: Number.NaN }));
    await expect(lying.test({ file: 'a.png' })).rejects.toThrow(/result does not fit its type: result\.bytes/);
    const free = defineTask({ type: 'free', input: z.object({ at: z.date() }) }).handle(({ data }) => data);
    await expect(free.test({ at: new Date(0) })).rejects.toThrow('This is not JSON: data.at');
    const mute = defineTask({ type: 'mute', input: z.null() }).handle(() => new Map());
    await expect(mute.test(null)).rejects.toThrow('This is not JSON: result');
  });
});

describe('a module of handlers', () => {
  const typed = new URL('../../src/kinds/task/typed/index.ts', import.meta.url).href;
  const head = `import { defineTask } from ${JSON.stringify(typed)};
const any = { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } };
export const first = defineTask({ type: 'a', input: any });
`;
  const load = async (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-handlers-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'handlers.mjs');
    writeFileSync(file, head + text);
    return Object.keys((await loadHandlers(file)).handlers);
  };

  test('may export typed tasks by any name, in a list, or as its default', async () => {
    expect(await load('export const done = first.handle(() => 1); export const b = () => 2;')).toEqual(['b', 'a']);
    expect(await load('export default [first.handle(() => 1)];')).toEqual(['a']);
    expect(await load('export default first.handle(() => 1);')).toEqual(['a']);
    expect(await load('export const handlers = { x: first.handle(() => 1), b: () => 2 };')).toEqual(['b', 'a']);
  });

  test('is told what is wrong with it', async () => {
    await expect(load('')).rejects.toThrow('exports no handlers');
    await expect(load('export default [first];')).rejects.toThrow(
      'exports 0, which has no handler: give it one with .handle',
    );
    await expect(load('export default { a: 7 };')).rejects.toThrow('exports a, which is not a function');
    await expect(load('export const x = first.handle(() => 1); export const a = () => 2;')).rejects.toThrow(
      'there are two handlers for tasks of type a',
    );
  });
});
