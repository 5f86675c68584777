import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answers, isSilent, refuses, startServer, type Step } from '../client/misbehaving-server.ts';
import { makeFolder, run, start } from './program.ts';
import { writePhotos } from './photos.ts';

const cli = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));
const jobId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';

test('the compile cache is writable by its user only, whatever the umask and whoever made the folder', async () => {
  const home = makeFolder();
  onTestFinished(() => home.remove());
  const cache = join(home.path, 'waybill', 'compiled');
  mkdirSync(cache, { recursive: true });
  chmodSync(cache, 0o777);
  const { status } = await run(['--version'], { env: { XDG_CACHE_HOME: home.path, NODE_DISABLE_COMPILE_CACHE: '' } });
  expect([status, (statSync(cache).mode & 0o777).toString(8)]).toEqual([0, '700']);
});

/** The modules that a command line loads, by their addresses. */
async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const hook = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
    process.on('exit', () => console.error('LOADED ' + JSON.stringify(seen)));`;
  const child = spawn(
    process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, cli, ...args], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_DISABLE_COMPILE_CACHE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await new Promise((resolve) => child.on('close', resolve));
  return JSON.parse(/LOADED (.*)/.exec(stderr)?.[1] ?? '[]') as string[];
}

test('help loads no command, and nothing that talks to a server', async () => {
  const loaded = (await loadedBy(['--help'])).flatMap((url) => url.split('/src/')[1] ?? []);
  expect(loaded).toContain('transports/cli/help.ts');
  const needless = /^(client|http|contract\/errors)|\/cli\/.*\/(get|list|create)\.ts$/;
  expect(loaded.filter((path) => needless.test(path))).toEqual([]);
  expect(loaded.length).toBeLessThan(30);
});

describe('a command that only talks to a server', () => {
  test('loads neither schemas nor server nor anything native', async () => {
    const server = await startServer(answers({ jobs: [], nextCursor: null }));
    const loaded = await loadedBy(['job', 'list', '--server', server.url, '--json']);
    await server.close();
    expect(loaded.some((url) => url.endsWith('/transports/cli/job/list.ts'))).toBe(true);
    const heavy =
      /node_modules|\/src\/(application|domain|imaging|objects|ports|services|stores|worker|main\/(node|config))\//;
    const light = /\/src\/domain\/(retry|errors)\.ts$/;
    expect(loaded.filter((url) => heavy.test(url) && !light.test(url))).toEqual([]);
    const contract = loaded.flatMap((url) => url.split('/contract/')[1] ?? []);
    expect(contract.toSorted()).toEqual([
      'error-codes.ts',
      'errors.ts',
      'input/lookalike.ts',
      'input/plain-json.ts',
      'input/problems.ts',
    ]);
  });
});

describe('the reader of standard output', () => {
  test('may stop reading, which is no error', async () => {
    const jobs = Array.from({ length: 5_000 }, () => ({
      id: jobId,
      kind: 'image-set',
      type: null,
      ownerId: 'mira',
      status: 'done',
      phase: 'succeeded',
      progress: { done: 1, failed: 0, total: 1, percent: 100 },
      costMicroUsd: 0,
      labels: {},
      createdAt: '2026-11-22T10:00:00.000Z',
    }));
    const server = await startServer(answers({ jobs, nextCursor: null }));
    const child = start(['job', 'list', '--server', server.url]);
    await child.says(/ID/);
    child.process.stdout?.destroy();
    const { status, stderr } = await child.ended;
    await server.close();
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('Ctrl-C', () => {
  test('during the upload cancels the job that was begun', async () => {
    const folder = makeFolder();
    let url = '';
    const step: Step = (response, request) => {
      if (request.method === 'PUT') return isSilent(response, request);
      const created = { jobId, status: 'created', urls: [{ idx: 0, url: `${url}/put`, key: 'k' }], confirmUrl: '' };
      return answers(request.url === '/api/jobs' ? created : { jobId, status: 'canceled' })(response, request);
    };
    const server = await startServer(step);
    ({ url } = server);
    const [photo = ''] = writePhotos(folder.path, 'sofa.jpg');
    const child = start(['job', 'create', '--preset', 'seller', photo, '--server', url], { cwd: folder.path });
    await child.says(/uploading 0\/1/);
    child.process.kill('SIGINT');
    const { status, stdout, stderr } = await child.ended;
    await server.close();
    folder.remove();
    expect([status, stdout]).toEqual([130, `${jobId}\n`]);
    expect(stderr).toContain(`Job ${jobId} is canceled; it cost nothing.`);
    expect(server.seen.at(-1)?.url).toBe(`/api/jobs/${jobId}/cancel`);
  });

  test('or SIGTERM stops a request that is not answered', async () => {
    const server = await startServer(isSilent);
    const child = start(['job', 'list', '--server', server.url]);
    while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    child.process.kill('SIGTERM');
    const { status } = await child.ended;
    await server.close();
    expect(status).toBe(143);
  });
});

test('an internal error of the server is shown with its request id', async () => {
  const server = await startServer(refuses(500, 'internal'));
  const { status, stderr } = await run(['job', 'list', '--server', server.url]);
  await server.close();
  expect(status).toBe(70);
  expect(stderr).toContain('under the request id request-1');
});
