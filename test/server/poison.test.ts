import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startServe, type StartedServer } from './started.ts';

/** Whatever handlers do, the server goes on, their neighbours are completed, and they fail alone. */

const poison = fileURLToPath(new URL('./poison.mjs', import.meta.url));
let server: StartedServer;
beforeAll(async () => {
  server = await startServe('--handlers', poison, '--handlers-blocked-seconds', '2', '--handlers-memory-mb', '200',
    '--shutdown-seconds', '1');
});
afterAll(() => server.stop());

const died = 'The handler’s process';

/** What the error log has of each attempt. */
const deadly: Readonly<Record<string, RegExp>> = {
  abort: new RegExp(`^${died} was killed by SIGABRT\\.$`),
  kill: new RegExp(`^${died} was killed by SIGKILL\\.$`),
  loop: new RegExp(`^${died} was stopped because its event loop was blocked for 2 s\\.$`),
  // On a machine that is busy, collecting the garbage blocks it first.
  heap: new RegExp(`^${died} was stopped because (it used more than its 200 MiB of memory|its event loop was blocked)`),
  buffers: new RegExp(`^${died} was stopped because it used more than its 200 MiB of memory\\.$`),
  'hang-up': new RegExp(`^${died} (ended with exit code|was killed)`),
};

test('tasks that end their process fail alone, after their own attempts, and all others are completed', async () => {
  const neighbours = await Promise.all([1, 2, 3].map(() => server.submit('neighbour', { maxAttempts: 1 })));
  // Using up memory, or a core for two seconds, takes the most of all tests of this file.
  const attemptsOf = (type: string): number => (['heap', 'buffers', 'loop'].includes(type) ? 1 : 2);
  const bad = await Promise.all(Object.keys(deadly).map(
    (type) => server.submit(type, { maxAttempts: attemptsOf(type) }),
  ));
  for (const id of bad) {
    const { type, status, attempt, errorLog } = await server.ended(id, 60_000);
    const message = expect.stringMatching(deadly[type]!) as string;
    expect([type, status, attempt, errorLog.map((entry) => entry.message)]).toEqual(
      [type, 'failed', attemptsOf(type), Array.from({ length: attemptsOf(type) }, () => message)],
    );
  }
  for (const id of neighbours) {
    expect(await server.ended(id)).toMatchObject({ status: 'completed', result: { attempt: 1 }, errorLog: [] });
  }
}, 90_000);

test.for<[string, RegExp]>([
  ['exit', /^process\.exit\(3\) was called/],
  ['floating', /^nobody awaited me$/],
  ['timer-during', /^thrown in a timer$/],
])('a task that would end its process fails, and no other notices: %s', async ([type, message]) => {
  const neighbour = await server.submit('neighbour', { maxAttempts: 1 });
  const failed = await server.ended(await server.submit(type, { maxAttempts: 1 }));
  expect([failed.status, failed.errorLog[0]!.message]).toEqual(['failed', expect.stringMatching(message)]);
  expect(await server.ended(neighbour)).toMatchObject({ status: 'completed' });
  expect(await server.logs(neighbour)).toHaveLength(1);
});

test('a task that ran beside a poison task has that in its log, and runs next in a process of its own', async () => {
  const beside = await server.submit('neighbour', { maxAttempts: 1 });
  await vi.waitFor(async () => expect(await server.logs(beside)).toHaveLength(1), 10_000);
  await server.submit('abort', { maxAttempts: 1 });
  await server.ended(beside);
  const lines = await server.logs(beside);
  expect(lines).toEqual([
    expect.stringMatching(/^begun \d+$/),
    'The process of the handlers was killed by SIGABRT, with 2 tasks in it. This one runs again, by itself.',
    expect.stringMatching(/^begun \d+$/),
  ]);
  expect(lines[2]).not.toBe(lines[0]);
});

test.for<[string, string]>([
  ['no-string', '{not: "a text"}'],
  ['null-prototype', '{why: "no prototype"}'],
  ['getter', 'Error'],
  ['to-string', '{toString: [a function], toJSON: [a function]}'],
  ['symbol', 'Symbol(a symbol)'],
  ['revoked-proxy', 'something that cannot be looked at'],
  ['undefined', 'undefined'],
  ['cyclic', '{name: "round", a: {name: "round", a: {name: "round", a: […]}}}'],
  ['own-cause', 'round'],
  ['odd-errors', 'x'],
  ['bytes', '[50000000 bytes]'],
  ['huge', `${'h'.repeat(1_999)}…`],
])('a thrown value is in the error log, whatever it is: %s', async ([data, message]) => {
  const ids = await Promise.all(['throws', 'rejects'].map((type) => server.submit(type, { data, maxAttempts: 1 })));
  for (const id of ids) {
    const { status, errorLog } = await server.ended(id);
    expect([status, errorLog.map((entry) => entry.message)]).toEqual(['failed', [message]]);
  }
});

test('a huge thrown object is shortened in the log', async () => {
  const id = await server.submit('throws', { data: 'huge-object', maxAttempts: 1 });
  expect((await server.ended(id)).errorLog[0]!.message).toMatch(/^\{key0: "v+", .*, …\}$/);
});

test('The stack, the code, the causes and all errors of an AggregateError are kept', async () => {
  const [chain, aggregate, coded] = await Promise.all(
    ['chain', 'aggregate', 'coded'].map((data) => server.submit('throws', { data, maxAttempts: 1 })),
  );
  const of = async (id: string): Promise<{ message: string; code?: string; stack?: string }> =>
    (await server.ended(id)).errorLog[0]!;
  expect(await of(chain!)).toMatchObject({
    message: 'outer',
    stack: expect.stringMatching(
      /^Error: outer\n    at .*poison\.mjs[^]*\n  caused by: Error: middle\n[^]*\n    caused by: the innermost$/,
    ),
  });
  expect(await of(aggregate!)).toMatchObject({
    message: 'several',
    stack: expect.stringMatching(
      /^AggregateError: several\n[^]*error 1 of 2: Error: first of all\n[^]*error 2 of 2: TypeError: second of all\n/,
    ),
  });
  expect(await of(coded!)).toMatchObject({ message: 'no such file', code: 'ENOENT' });
  for (const id of [chain, aggregate, coded]) expect((await of(id!)).stack).not.toMatch(/[( ](file:\/\/)?\/\w+\//);
});

test('A handler that fails leaves a line in the server’s log', async () => {
  const id = await server.submit('throws', { data: 'coded', maxAttempts: 1 });
  await server.ended(id);
  expect(server.log()).toContainEqual(expect.objectContaining({
    level: 'warn', message: 'a handler failed', taskId: id, type: 'throws', attempt: 1, error: 'no such file',
    code: 'ENOENT', stack: expect.stringContaining('poison.mjs'),
  }));
});

test('an error after a task’s end is logged, and fails nothing', async () => {
  const id = await server.submit('timer-after');
  expect(await server.ended(id)).toMatchObject({ status: 'completed', result: 'done', errorLog: [] });
  await vi.waitFor(() => expect(server.log()).toContainEqual(expect.objectContaining({
    level: 'error', message: 'nobody caught an error', taskId: id, error: 'thrown after the end',
  })));
});

test('a listener of the signal that throws fails its task alone', async () => {
  const id = await server.submit('listener', { timeout: 1_000, maxAttempts: 1 });
  expect(await server.ended(id)).toMatchObject({ status: 'failed' });
  expect(await server.ended(await server.submit('quick', { data: 1 }))).toMatchObject({ status: 'completed' });
});

test.for<[string, RegExp]>([
  ['deep', /^The handler's result cannot be stored: result\.0.* is nested deeper than 64 levels\.$/],
  ['nul', /^The handler's result cannot be stored: result\..* has a name with a NUL or half a surrogate pair\.$/],
  ['large', /^The handler's result has 300002 bytes of JSON, and 262144 is the most\.$/],
  ['endless', /^The handler's result cannot be stored: result has more than 131072 values\.$/],
  ['bomb', /^The handler's result cannot be stored: result has more than 131072 values\.$/],
  ['bigint', /^The handler's result cannot be stored: result\.n is a BigInt, which JSON does not have/],
  ['getter', /^The handler's result cannot be stored: result cannot be read: it throws\.$/],
  ['function', /^The handler's result cannot be stored: result is a function, which JSON does not have\.$/],
])('a result that cannot be stored fails its task with the reason: %s', async ([data, message]) => {
  const task = await server.ended(await server.submit('result', { data }));
  expect(task).toMatchObject({ status: 'failed', attempt: 1 });
  expect(task.errorLog[0]!.message).toMatch(message);
});

test('a task ends, whatever globals its handler has broken', async () => {
  const task = await server.ended(await server.submit('breaks-json', { maxAttempts: 1 }));
  expect(task.status).toBe('failed');
  expect(task.errorLog.map(({ message }) => message)).toEqual(['What the handler returned or threw cannot be read.']);
});

test('the output of handlers is in the server’s log', async () => {
  const id = await server.submit('prints');
  await server.ended(id);
  expect(await server.logs(id)).toEqual(['printed by a handler', 'and complained']);
  await vi.waitFor(() => expect(server.log()).toEqual(expect.arrayContaining([
    expect.objectContaining({ level: 'info', message: 'printed by a handler', process: 'handlers', stream: 'stdout' }),
    expect.objectContaining({ level: 'info', message: 'and complained', process: 'handlers', stream: 'stderr' }),
  ])));
});

test('a task that times out while another blocks the process is not blamed for it', async () => {
  const patient = await startServe('--handlers', poison, '--shutdown-seconds', '1');
  onTestFinished(() => patient.stop());
  const beside = await patient.submit('neighbour', { data: 400, timeout: 3_000, maxAttempts: 1 });
  await patient.submit('loop', { maxAttempts: 1 });
  expect(await patient.ended(beside)).toMatchObject({ status: 'completed', attempt: 1, errorLog: [] });
});

test('A task that is canceled stops', async () => {
  const id = await server.submit('long');
  await vi.waitFor(async () => expect(await server.logs(id)).toHaveLength(1), 10_000);
  await server.request(`/api/v1/jobs/${id}`, { method: 'DELETE' });
  expect(await server.ended(id)).toMatchObject({ status: 'canceled' });
});
