import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorker } from '../../src/kinds/task/worker/index.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
beforeAll(async () => {
  server = await startTaskServer();
});
afterAll(() => server.close());

const methods = ['debug', 'log', 'info', 'warn', 'error'] as const;
const printed: unknown[][] = [];
const own = Object.fromEntries(methods.map((name) => [name, console[name]])) as Pick<Console, (typeof methods)[number]>;
beforeAll(() => {
  for (const name of methods) console[name] = (...args: unknown[]) => void printed.push([name, ...args]);
});
afterEach(() => void printed.splice(0));
afterAll(() => void Object.assign(console, own));

let types = 0;
const newType = (): string => `prints-${++types}`;

async function logged(id: string): Promise<readonly (readonly [string | undefined, string])[]> {
  const context = { caller: { userId: 'mira', roles: ['user'] as const }, correlationId: 'test', traceparent: null };
  const read = await server.application.tasks.logs(context, id, { after: 0, limit: 2_000 });
  if (!read.ok) throw new Error(read.refusal.message);
  return read.value.lines.map(({ level, text }) => [level, text] as const);
}

describe('what a handler prints by console', () => {
  test('goes to the log of its task as well, by its level, and in order with ctx.log', async () => {
    const type = newType();
    const data = { rows: [1, 2], at: new Date(0) };
    server.work({
      captureConsole: true,
      handlers: {
        [type]: async (_, { log }) => {
          console.debug('looking');
          console.log('%s has %d rows', 'a.csv', 2, data);
          log('warn', 'by its log');
          await sleep(1);
          console.info('');
          console.warn('two\nlines');
          console.error(new RangeError('too far'));
        },
      },
    });
    const id = await server.submit(type);
    await server.ended(id);
    const lines = await logged(id);
    expect(lines.slice(0, 6)).toEqual([
      ['debug', 'looking'], ['info', 'a.csv has 2 rows { rows: [ 1, 2 ], at: 1970-01-01T00:00:00.000Z }'],
      ['warn', 'by its log'], ['warn', 'two'], ['warn', 'lines'], ['error', 'RangeError: too far'],
    ]);
    expect(lines[6]).toEqual(['error', expect.stringMatching(/^ +at /)]);
    // What is left of other files may print in this process as well.
    expect(printed).toEqual(expect.arrayContaining([
      ['debug', 'looking'], ['log', '%s has %d rows', 'a.csv', 2, data], ['info', ''], ['warn', 'two\nlines'],
      ['error', expect.any(RangeError)],
    ]));
  });

  test('is that of its own task, however many run at once, and what else is printed is no task’s', async () => {
    const type = newType();
    const all = Promise.withResolvers<void>();
    let begun = 0;
    server.work({
      captureConsole: true, concurrency: 5,
      handlers: {
        [type]: async ({ data }) => {
          console.log(`${data} begins`);
          if ((begun += 1) === 5) all.resolve();
          await all.promise;
          await Promise.all([1, 2].map(async (part) => {
            await sleep(1);
            setImmediate(() => console.log(`${data} part ${part}`));
          }));
          await sleep(5);
          console.log(`${data} ends`);
        },
      },
    });
    const ids = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((data) => server.submit(type, { data })));
    await all.promise;
    console.log('of the program itself');
    for (const [index, id] of ids.entries()) {
      await server.ended(id);
      const name = 'abcde'[index];
      expect(await server.logs(id)).toEqual([`${name} begins`, `${name} part 1`, `${name} part 2`, `${name} ends`]);
    }
    expect(printed).toContainEqual(['log', 'of the program itself']);
  });

  test('is printed no more with "only", but for what it leaves running behind it', async () => {
    const type = newType();
    const over = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    server.work({
      captureConsole: 'only',
      handlers: {
        [type]: () => {
          console.log('while it runs');
          void over.promise.then(() => console.log('when it is over')).then(left.resolve);
        },
      },
    });
    const id = await server.submit(type);
    await server.ended(id);
    over.resolve();
    await left.promise;
    expect(await server.logs(id)).toEqual(['while it runs']);
    expect(printed).toContainEqual(['log', 'when it is over']);
    expect(printed).not.toContainEqual(['log', 'while it runs']);
  });

  test('is cut where it is very much, and never an error of the handler', async () => {
    const type = newType();
    const shy = { get [Symbol.toStringTag]() { throw new Error('not to be looked at'); } };
    server.work({
      captureConsole: true,
      handlers: {
        [type]: () => {
          console.log(shy);
          console.log(`nul \0 and half a pair \ud800`);
          console.log('x'.repeat(20_000));
          console.log(Array.from({ length: 1_200 }, (_, index) => index).join('\n'));
          return 'done';
        },
      },
    });
    const id = await server.submit(type);
    expect((await server.ended(id)).fields.result).toBe('done');
    const lines = (await logged(id)).map(([, text]) => text);
    expect(lines.at(-1)).toMatch(/^\[cut: \d+ characters were printed at once\]$/);
    expect(lines.at(-2)).toBe('999');
    expect(lines.some((line) => line.length > 16_000 && line.length <= 16_384)).toBe(true);
    expect(printed).toContainEqual(['log', shy]);
  });

  test('is not captured unless a worker is told to, also beside one that is', async () => {
    const [quiet, loud] = [newType(), newType()];
    const handler = (): void => console.log('said');
    server.work({ handlers: { [quiet]: handler } });
    const capturing = server.work({ captureConsole: true, handlers: { [loud]: handler } });
    const ids = await Promise.all([server.submit(quiet), server.submit(loud)]);
    for (const id of ids) await server.ended(id);
    expect(await Promise.all(ids.map((id) => server.logs(id)))).toEqual([[], ['said']]);
    const replaced = console.log;
    await capturing.stop();
    await vi.waitFor(() => expect(console.log).not.toBe(replaced));
  });

  test('is captured, or not, or only: anything else is refused', () => {
    expect(() => createWorker({
      server: server.url, token: 'mira', handlers: { a: () => {} }, captureConsole: 'maybe' as never,
    })).toThrow(new TypeError('captureConsole is maybe: it must be true, false or "only"'));
  });
});
