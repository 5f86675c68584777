import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { job, makeFolder, onStop, ran, startAgent, startServer, stopAll } from './harness.ts';
import type { StrictServer } from './strict-server.ts';

describe('an agent', () => {
  let server: StrictServer;
  let url: string;
  const uploaded = new Map<string, Buffer>();
  const requests: string[] = [];
  /** Says what becomes of a request instead of an answer that is good. */
  let answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;

  beforeAll(async () => {
    const objects = createServer(async (request, response) => {
      requests.push(`${request.method} ${request.url}`);
      if (answer(request, response)) return;
      if (request.method === 'GET') return void response.end(`content of ${request.url}`);
      if (request.headers['content-length'] === undefined) return void response.writeHead(411).end();
      if (request.headers['content-type'] !== 'application/octet-stream') return void response.writeHead(403).end();
      uploaded.set(decodeURIComponent(request.url!), await buffer(request));
      response.end();
    });
    await once(objects.listen(0, '127.0.0.1'), 'listening');
    onStop(() => objects.close());
    url = `http://127.0.0.1:${(objects.address() as AddressInfo).port}`;
    server = await startServer();
    server.uploadUrl = (path) => `${url}/${encodeURIComponent(path)}`;
    await startAgent([server]);
  });
  afterEach(() => {
    expect(server.faults).toEqual([]);
    server.uploadRequests.length = 0;
    requests.length = 0;
    uploaded.clear();
    answer = () => false;
  });
  afterAll(stopAll);
  const run = (...[command, more]: Parameters<typeof job>) => ran(server, job(command, more));
  const artifacts = ({ result }: Awaited<ReturnType<typeof run>>) => result.artifacts.map(({ path }) => path).sort();

  test('brings the inputs of a job before its command starts', async () => {
    const { lines } = await run('cat one deep/er/two', {
      inputs: [
        { url: `${url}/1?signed`, path: 'one' },
        { url: `${url}/2`, path: 'deep/er/two' },
      ],
    });
    expect(lines).toEqual(['out: content of /1?signedcontent of /2']);
  });

  test('requests an input again when there was no response', async () => {
    let failures = 0;
    answer = (_request, response) => {
      failures += 1;
      if (failures === 1) response.destroy();
      else if (failures === 2) response.writeHead(503).end();
      else return false;
      return true;
    };
    expect((await run('cat one', { inputs: [{ url: `${url}/1`, path: 'one' }] })).lines).toEqual([
      'out: content of /1',
    ]);
  });

  test('starts no command when an input cannot be downloaded, and does not show its URL', async () => {
    answer = (_request, response) => Boolean(response.writeHead(404).end());
    const { result, reason, lines } = await run('echo started', {
      inputs: [{ url: `${url}/1?signature`, path: 'in/one' }],
    });
    expect(reason).toBe('IO_ERROR');
    expect(result.message).toBe('The input "in/one" could not be downloaded: answered 404.');
    expect(result.startedAt).toBeUndefined();
    expect(lines).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test.each(['../out', '/etc/waybill-test', 'a/../../out', ''])('brings no input to %j', async (path) => {
    const { reason, result } = await run('echo started', { inputs: [{ url: `${url}/1`, path }] });
    expect(reason).toBe('IO_ERROR');
    expect(result.message).toContain('is outside the work directory');
    expect(result.startedAt).toBeUndefined();
  });

  test('uploads files, folders and matches of patterns, each once', async () => {
    const ended = await run(
      'mkdir -p out/deep logs; echo r >report.txt; echo a >out/a; echo b >out/deep/b; echo c >logs/c.log; ' +
        'echo d >logs/d.txt; touch .hidden; head -c 3000000 /dev/zero >big',
      { outputs: ['report.txt', 'out/', './out/a', '**/*.log', 'b*', 'l*/{d,e}.txt'] },
    );
    expect(ended.reason).toBeNull();
    expect(artifacts(ended)).toEqual(['big', 'logs/c.log', 'logs/d.txt', 'out/a', 'out/deep/b', 'report.txt']);
    expect(uploaded.get('/report.txt')!.toString()).toBe('r\n');
    expect(uploaded.get('/big')).toHaveLength(3_000_000);
    const [report] = ended.result.artifacts.filter(({ path }) => path === 'report.txt');
    expect(report).toMatchObject({ objectKey: 'key/report.txt', size: 2n });
    expect(requests).toHaveLength(6);
  });

  test('uploads the outputs of a failed command', async () => {
    const ended = await run('echo r >report; exit 3', { outputs: ['report', 'no/such'] });
    expect(artifacts(ended)).toEqual(['report']);
    expect(ended.result).toMatchObject({ exitCode: 3, message: 'The command exited with code 3.' });
    expect(ended.lines).toEqual(['err: waybill: there is no output no/such']);
  });

  test('fails the job when none of the outputs exists', async () => {
    const ended = await run('true', { outputs: ['report', '*.csv'] });
    expect(ended.reason).toBe('FILE_NOT_FOUND');
    expect(ended.result).toMatchObject({
      exitCode: 0,
      message: 'The command created none of the job\'s outputs: "report", "*.csv".',
    });
    expect(ended.lines).toHaveLength(2);
  });

  test('uploads nothing from outside of the work directory, also not by links', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'private'), 'private');
    const ended = await run(
      `ln -s ${folder} link; ln -s ${folder}/private file; ln -s real inner; echo real >real; mkfifo pipe`,
      { outputs: ['link/private', 'file', 'link', '../..', '/etc/passwd', '**', 'inner', 'pipe'] },
    );
    expect(artifacts(ended)).toEqual(['inner', 'real']);
    expect([...uploaded.values()].map(String)).toEqual(['real\n', 'real\n']);
  });

  test('uploads 1,000 files at most, asking for 100 at a time', async () => {
    const ended = await run('mkdir out; cd out; for i in {1..1005}; do echo $i >$i; done', { outputs: ['out'] });
    expect(ended.result.artifacts).toHaveLength(1_000);
    expect(server.uploadRequests.map(({ files }) => files.length)).toEqual(Array(10).fill(100));
    expect(ended.lines).toEqual(['err: waybill: only the first 1000 output files are kept']);
  });

  test('retries uploads, and names the one that was not accepted', async () => {
    let tries = 0;
    answer = (request, response) => {
      if (request.url === '/large') return Boolean(response.writeHead(413).end());
      tries += 1;
      return tries === 1 && Boolean(response.writeHead(503).end());
    };
    const ended = await run('echo s >small; echo l >large', { outputs: ['small', 'large'] });
    expect(artifacts(ended)).toEqual(['small']);
    expect(ended.reason).toBe('IO_ERROR');
    expect(ended.result.message).toBe('The output "large" cannot be uploaded: answered 413.');
    expect(ended.lines).toEqual(['err: waybill: The output "large" cannot be uploaded: answered 413.']);
  });

  test('asks for another upload URL when the one that it has is not good any more', async () => {
    let asked = 0;
    server.uploadUrl = (path) => `${url}/${encodeURIComponent(path)}${asked++ < 6 ? '?expired' : '?renewed'}`;
    answer = (request, response) => {
      if (!request.url!.endsWith('?expired')) return false;
      request.resume().on('end', () => response.writeHead(403).end());
      return true;
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const ended = await run(`for i in ${names.join(' ')}; do echo $i >$i; done`, { outputs: names });
    server.uploadUrl = (path) => `${url}/${encodeURIComponent(path)}`;
    expect(ended.reason).toBeNull();
    expect(artifacts(ended)).toEqual(names);
    expect([...uploaded.keys()].sort()).toEqual(names.map((name) => `/${name}?renewed`));
    expect(server.uploadRequests.map(({ files }) => files.length)).toEqual([6, 1, 1, 1, 1, 1, 1]);
  });

  test('fails an upload that is refused with every URL', async () => {
    answer = (request, response) => {
      request.resume().on('end', () => response.writeHead(403).end());
      return true;
    };
    server.uploadUrl = (path) => `${url}/${encodeURIComponent(path)}?${server.uploadRequests.length}`;
    const ended = await run('echo a >a', { outputs: ['a'] });
    server.uploadUrl = (path) => `${url}/${encodeURIComponent(path)}`;
    expect(ended.result.message).toBe('The output "a" cannot be uploaded: answered 403.');
    expect(requests).toHaveLength(2);
  });

  test('has as long for an upload as that goes on, and tries one again that does not', async () => {
    let tries = 0;
    answer = (request, response) => {
      tries += 1;
      // The first is never read, the second slowly.
      if (tries === 1) return true;
      void (async () => {
        let bytes = 0;
        for await (const piece of request) {
          bytes += (piece as Buffer).length;
          if (tries === 2) await new Promise((resolve) => setImmediate(resolve));
        }
        uploaded.set('/large', Buffer.from(String(bytes)));
        response.end();
      })();
      return true;
    };
    const outputs = { outputs: ['large'], uploadStall: durationFromMs(1_000) };
    const ended = await run('head -c 30000000 /dev/zero >large', outputs);
    expect([ended.reason, tries]).toEqual([null, 2]);
    expect(String(uploaded.get('/large'))).toBe('30000000');
  });

  test('stops an upload when the job is canceled', async () => {
    const folder = makeFolder();
    answer = () => {
      writeFileSync(join(folder, 'asked'), '');
      return true;
    };
    const assignment = job('echo s >small', { outputs: ['small'] });
    server.assign(assignment);
    await expect.poll(() => existsSync(join(folder, 'asked'))).toBe(true);
    server.say({ case: 'cancel', value: { run: assignment.run, reason: '' } });
    await server.until(() => server.results.some(({ run }) => run?.token === assignment.run.token));
    expect(server.results.at(-1)!.message).toContain('canceled');
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('');
  });
});
