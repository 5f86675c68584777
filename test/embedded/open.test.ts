import { existsSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ApiError, DoNotRetry, TaskFailed, Waybill } from '../../src/main/embedded/index.ts';
import { newFolder, openTest } from './opened.ts';
import { greet, greeting } from './tasks.ts';

const timeoutMs = 20_000;

describe('an embedded platform', () => {
  test('does typed tasks in this process, and leaves the process as it was', async () => {
    const globals = [globalThis.Request, globalThis.Response];
    const listeners = (): number[] =>
      ['SIGTERM', 'SIGINT', 'uncaughtException', 'unhandledRejection', 'exit'].map((name) =>
        process.listenerCount(name));
    const before = listeners();
    const waybill = await openTest({ tasks: [greeting] });
    const run = await waybill.run(greet, { name: 'Ada' });
    expect(await run.result({ timeoutMs })).toEqual({ text: 'Hello, Ada' });
    const runs = await waybill.runAll(greet, ['Bo', 'Cy'].map((name) => ({ name })));
    expect(await Promise.all(runs.map((one) => one.result({ timeoutMs })))).toEqual([
      { text: 'Hello, Bo' }, { text: 'Hello, Cy' },
    ]);
    expect(await waybill.runOf(greet, run.id).result()).toEqual({ text: 'Hello, Ada' });
    expect([globalThis.Request, globalThis.Response]).toEqual(globals);
    expect(listeners()).toEqual(before);
  });

  test('asks as an administrator, and as anybody else', async () => {
    const waybill = await openTest();
    const { ownerId } = await waybill.submitTask({ body: { type: 'greet', data: null } });
    expect(ownerId).toBe('admin');
    const mira = waybill.as('mira');
    const task = await mira.submitTask({ body: { type: 'greet', data: null } });
    expect(task.ownerId).toBe('mira');
    await expect(waybill.as('other').getTask({ params: { id: task.id } })).rejects.toMatchObject({ code: 'not_found' });
    await expect(mira.listUsers()).rejects.toMatchObject({ code: 'forbidden' });
    expect((await waybill.as({ userId: 'opal', role: 'operator' }).taskStats()).jobs).toEqual([
      { type: 'greet', status: 'pending', count: 2 },
    ]);
    expect((await waybill.listUsers()).users).toEqual([]);
    expect(() => waybill.as('no/body')).toThrow('"no/body" is no user id');
    expect(() => waybill.as({ userId: 'mira', role: 'king' as 'user' })).toThrow('"king" is no role');
  });

  test('measures itself, and leaves the process to the program', async () => {
    const waybill = await openTest({ metricsToken: 'of-this-test-and-no-other' });
    const ask = (token: string): Promise<Response> =>
      waybill.fetch(new Request('http://any/metrics', { headers: { authorization: `Bearer ${token}` } }));
    expect((await ask('wrong')).status).toBe(401);
    const text = await (await ask('of-this-test-and-no-other')).text();
    expect(text).toContain('waybill_outbox_messages');
    expect(text).not.toContain('process_');
    expect(text).not.toContain('nodejs_');
  });

  test('takes and gives files without a socket, wherever it says that it is', async () => {
    const waybill = await openTest({ publicUrl: 'http://waybill.invalid/jobs' });
    const set = await waybill.createImageSet({ body: { preset: 'seller', itemCount: 1 } });
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    await waybill.upload(set.urls[0]!.url, bytes);
    await waybill.confirmUpload({ params: { id: set.jobId }, body: { totalItems: 1 } });
    const { inputs } = await waybill.listInputs({ params: { id: set.jobId } });
    const answer = await waybill.download(inputs[0]!.inputUrl!);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
  });

  test('may be open twice in a process, on two folders', async () => {
    const [one, two] = [await openTest({ tasks: [greeting] }), await openTest({ tasks: [greeting] })];
    const run = await one.run(greet, { name: 'Ada' });
    expect(await run.result({ timeoutMs })).toEqual({ text: 'Hello, Ada' });
    await expect(two.getTask({ params: { id: run.id } })).rejects.toMatchObject({ code: 'not_found' });
    await one.close();
    expect(await (await two.run(greet, { name: 'Bo' })).result({ timeoutMs })).toEqual({ text: 'Hello, Bo' });
  });

  test('keeps its tasks, and the secrets that it made, from one time to the next', async () => {
    const dataDir = newFolder();
    const password = 'correct horse battery staple';
    const first = await Waybill.open({ dataDir, logger: 'silent' });
    const run = await first.run(greet, { name: 'Ada' });
    await first.createUser({ body: { userId: 'mira', password, roles: ['user'] } });
    const { token } = await first.logIn({ body: { userId: 'mira', password } });
    await first.close();
    const second = await openTest({ dataDir, tasks: [greeting] });
    expect(await second.runOf(greet, run.id).result({ timeoutMs })).toEqual({ text: 'Hello, Ada' });
    const request = new Request('http://any/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } });
    expect((await second.fetch(request)).status).toBe(200);
  });

  test('closes what waits, and takes no more', async () => {
    const waybill = await openTest();
    const run = await waybill.run(greet, { name: 'Ada' });
    const waiting = run.result().catch((error: unknown) => error);
    await vi.waitFor(async () => expect((await run.get()).status).toBe('pending'));
    const closing = waybill.close();
    expect(await waiting).toMatchObject({ code: 'aborted', message: expect.stringContaining('Waybill was closed') });
    await closing;
    await waybill.close();
    const late = await waybill.fetch(new Request('http://any/api/health'));
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1']);
    await expect(run.get()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('lets a handler end before it closes, and gives back one that takes too long', async () => {
    const dataDir = newFolder();
    const begun: string[] = [];
    const go = Promise.withResolvers<void>();
    const waiting = greet.handle(async ({ data }, { signal }) => {
      begun.push(data.name);
      if (data.name === 'Ada') await go.promise;
      else await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      return { text: data.name };
    });
    const first = await Waybill.open({ dataDir, tasks: [waiting], logger: 'silent', shutdownSeconds: 1 });
    const [ada, bo] = [await first.run(greet, { name: 'Ada' }), await first.run(greet, { name: 'Bo' })];
    await vi.waitFor(() => expect(begun.toSorted()).toEqual(['Ada', 'Bo']));
    const closing = first.close();
    go.resolve();
    await closing;
    const second = await openTest({ dataDir });
    expect(await second.runOf(greet, ada.id).result()).toEqual({ text: 'Ada' });
    expect(await second.getTask({ params: { id: bo.id } })).toMatchObject({ status: 'pending', errorLog: [] });
  });

  test('is not ended by what the program’s own code throws', async () => {
    const heard: unknown[] = [];
    const throwing = greet.handle(({ data }) => {
      throw data.name === 'for good' ? new DoNotRetry('no') : new Error('not yet');
    });
    const broken = (): never => {
      throw new Error('the logger is broken');
    };
    const waybill = await openTest({
      tasks: [throwing],
      logger: { debug: broken, info: broken, warn: broken, error: broken },
      onError: (error) => {
        heard.push(error);
        throw new Error('and so is this');
      },
      authenticate: () => {
        throw new Error('no session store');
      },
    });
    const run = await waybill.run(greet, { name: 'for good' });
    await expect(run.result({ timeoutMs })).rejects.toThrow(TaskFailed);
    expect(heard).toEqual([new DoNotRetry('no')]);
    const answer = await waybill.fetch(new Request('http://any/api/health'));
    expect([answer.status, await answer.json()]).toEqual([500, {
      success: false, error: { code: 'internal', message: 'The request failed; the log says why.' },
    }]);
    expect((await run.get()).status).toBe('failed');
  });
});

describe('the options of an embedded platform', () => {
  test.each([
    [{ maxBodyBytes: 5 }, 'maxBodyBytes is "5": it must be a whole number from'],
    [{ databaseUrl: 'mysql://x' }, 'databaseUrl: DATABASE_URL begins with "mysql:"'],
    [{ objects: 's3' }, 's3Endpoint: S3_ENDPOINT is not set: OBJECTS=s3 needs it'],
    [{ jwtSecret: 'short' }, 'jwtSecret has a wrong value (not shown): it must be at least 32'],
    [{ jwtSecret: 'a'.repeat(40) }, 'jwtSecret: JWT_SECRET says the same thing again and again'],
    [{ port: 8787 }, 'there is no option port where Waybill is embedded'],
    [{ retentoinDays: 3 }, 'there is no option retentoinDays where Waybill is embedded'],
    [{ allowedOrigins: ['https://a.example,https://b.example'] }, 'allowedOrigins is no text, number, boolean or list'],
    [{ retentionDays: {} }, 'retentionDays is no text'],
    [{ userId: 'a b' }, '"a b" is no user id'],
    [{ tasks: [greeting, greeting] }, 'there are two handlers for tasks of type greet'],
    [{ tasks: [greeting], concurrency: 0 }, 'concurrency is 0'],
    [{ dataDir: '/dev/null/data' }, 'ENOTDIR'],
  ] as const)('may not be %o', async (given, message) => {
    const options = { dataDir: newFolder(), logger: 'silent', ...given } as Parameters<typeof Waybill.open>[0];
    await expect(Waybill.open(options)).rejects.toThrow(message);
  });

  test('hold as a server’s do, and are shown as such', async () => {
    const waybill = await openTest({
      maxBodyBytes: 1_024, env: { RETENTION_DAYS: '9', MAX_BODY_BYTES: '2048', PORT: 'not ours' },
    });
    const tooLarge = waybill.submitTask({ body: { type: 'greet', data: 'x'.repeat(2_000) } });
    await expect(tooLarge).rejects.toMatchObject({ code: 'invalid_request', status: 413 });
    const { settings } = await waybill.listSettings();
    const of = (name: string) => settings.find((setting) => setting.name === name);
    expect(of('MAX_BODY_BYTES')).toMatchObject({ value: '1024', origin: 'program' });
    expect(of('RETENTION_DAYS')).toMatchObject({ value: '9', origin: 'environment' });
    expect(of('JWT_SECRET')).toMatchObject({ value: null, isSet: true });
    expect(of('PORT')).toBeUndefined();
  });

  test('are not taken from the environment unless it is given', async () => {
    vi.stubEnv('MAX_BODY_BYTES', '1024');
    vi.stubEnv('WAYBILL_DEV', 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const env of [undefined, process.env]) {
      const waybill = await openTest(env && { env });
      const { settings } = await waybill.listSettings();
      expect(settings.find(({ name }) => name === 'MAX_BODY_BYTES')?.origin).toBe(env ? 'environment' : 'default');
      const asDeveloper = new Request('http://any/api/v1/jobs', { headers: { authorization: 'Bearer mira' } });
      expect((await waybill.fetch(asDeveloper)).status).toBe(401);
    }
  });

  test('leave nothing open where they are found wrong late', async () => {
    const dataDir = newFolder();
    await expect(Waybill.open({ dataDir, tasks: [greeting], concurrency: -1 })).rejects.toThrow(TypeError);
    expect(existsSync(dataDir)).toBe(true);
    const waybill = await openTest({ dataDir });
    await expect(waybill.run(greet, { name: '' })).rejects.toThrow(ApiError);
  });
});
