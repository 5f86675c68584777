import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { Client, type CallToolResult } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { photosAt } from '../../src/kinds/image-set/mcp/photos-at.ts';
import { localTools, tools } from '../../src/main/mcp/tools.ts';
import { writePhotos } from './photos.ts';
import { run } from './program.ts';
import { compileCache, programFile } from './program-file.ts';
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer;
let folder: string;
let transport: StdioClientTransport;
let client: Client;
let stderr = '';
const faults: Error[] = [];

beforeAll(async () => {
  server = await startTestServer();
  folder = `${server.folder}/photos`;
  writePhotos(folder, 'b.jpg', 'a.jpeg', 'inner/c.jpg', '.hidden.jpg');
  writeFileSync(`${folder}/secret.txt`, 'not for anybody');
  mkdirSync(`${server.folder}/empty`);
  expect((await server.as('mira', ['login', '--server', server.url, '--token', 'mira'])).status).toBe(0);
  transport = new StdioClientTransport({
    command: process.execPath, args: [programFile, 'mcp'], stderr: 'pipe',
    env: { PATH: process.env['PATH'] ?? '', HOME: `${server.folder}/home`, NODE_COMPILE_CACHE: compileCache },
  });
  transport.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  client = new Client({ name: 'tests', version: '1.0.0' });
  client.onerror = (error) => faults.push(error);
  await client.connect(transport);
});
afterAll(() => server.close());

async function call(name: string, input: Readonly<Record<string, unknown>> = {}, options = {}) {
  const result = (await client.callTool({ name, arguments: input }, options)) as CallToolResult;
  const [first] = result.content;
  const text = first?.type === 'text' ? first.text : '';
  return { isError: result.isError === true, text, data: result.structuredContent as Record<string, any> };
}

describe('waybill mcp', () => {
  test('has the tools of the server and those for files of this machine, by the saved login', async () => {
    const { tools: listed } = await client.listTools();
    expect(listed.map(({ name }) => name)).toEqual([...tools, ...localTools].map(({ name }) => name));
    expect((await call('get_account')).data['account']).toMatchObject({ userId: 'mira', credits: 10 });
  });

  test('uploads the photos of a folder, tells how far it is, and says so while it waits', async () => {
    const told: string[] = [];
    const onprogress = ({ message = '' }: { readonly message?: string }): void => void told.push(message);
    const { data } = await call(
      'create_photo_set', { paths: [folder, `${folder}/inner/c.jpg`], preset: 'remove-background' }, { onprogress },
    );
    expect(data).toMatchObject({
      status: 'queued',
      photos: [`${folder}/a.jpeg`, `${folder}/b.jpg`, `${folder}/inner/c.jpg`].map((path, idx) => ({ idx, path })),
    });
    await vi.waitFor(() => expect(told).toContain('3 of 3 photos uploaded'), 10_000);
    const jobId = data['jobId'] as string;
    const waited = await call('wait_for_job', { jobId, timeoutSeconds: 1 }, { onprogress });
    expect(waited.data).toMatchObject({ ended: false, job: { progress: { total: 3 } } });
    await vi.waitFor(() => expect(told).toContain(`Job ${jobId} (image-set) is queued, 0 %`), 10_000);
    expect((await call('get_account')).data['account']).toMatchObject({ credits: 7, reserved: 3 });
    expect((await call('cancel_job', { jobId })).data['job'].status).toBe('canceled');
    expect((await call('get_account')).data['account']).toMatchObject({ credits: 10, reserved: 0 });
  });

  test('leaves nothing behind of a set that cannot be made', async () => {
    const { isError, text } = await call('create_photo_set', { paths: [`${folder}/a.jpeg`], preset: 'nonsense' });
    expect([isError, text]).toEqual([true, expect.stringMatching(/preset/)]);
    const refused = await call('create_photo_set', {
      paths: [`${folder}/a.jpeg`], preset: 'seller', concepts: { background: { action: 'explode', value: '' } },
    });
    expect([refused.isError, refused.text]).toEqual([true, expect.stringMatching(/^invalid_request: .* is canceled/)]);
    expect((await call('get_account')).data['account']).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
    const secret = await call('create_photo_set', { paths: [`${folder}/secret.txt`], preset: 'seller' });
    expect([secret.isError, secret.text]).toEqual([true, expect.stringMatching(/secret\.txt is no photo/)]);
  });

  test('writes nothing but the protocol to standard output, and ends on SIGTERM', async () => {
    const closed = new Promise<void>((resolve) => (client.onclose = resolve));
    process.kill(transport.pid!, 'SIGTERM');
    await closed;
    expect([faults, stderr]).toEqual([[], '']);
  });

  test('ends when its input does, and says on standard error that nobody is logged in', async () => {
    const env = { HOME: `${server.folder}/none` };
    const { status, stdout, stderr: notes } = await run(['mcp', '--read-only'], { env });
    const note = 'There is no login: `waybill login` saves one, or set WAYBILL_TOKEN.\n';
    expect([status, stdout, notes]).toEqual([0, '', note]);
  });
});

describe('paths of photos', () => {
  test('are absolute, and lead to photos or to folders with some', async () => {
    symlinkSync(`${folder}/b.jpg`, `${server.folder}/link.jpg`);
    expect(await photosAt([`${server.folder}/link.jpg`, folder])).toEqual([
      `${server.folder}/link.jpg`, `${folder}/a.jpeg`, `${folder}/b.jpg`,
    ]);
    for (const [path, told] of [
      ['photos', /is no absolute path: give one such as "\/.*photos"/],
      ['~/photos', /is no absolute path/],
      ['https://example.com/sofa.jpg', /is a URL/],
      ['file:///etc/passwd', /is a URL/],
      ['/nowhere/at/all', /There is nothing at/],
      [`${folder}/a.jpeg\0.png`, /is no absolute path/],
      [`${server.folder}/empty`, /has no photos in it/],
    ] as const) {
      await expect(photosAt([path])).rejects.toThrow(told);
    }
    await expect(photosAt([folder, `${folder}/a.jpeg`])).rejects.toThrow(/a\.jpeg is there twice/);
  });
});
