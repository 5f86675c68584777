import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { makeFolder, run, start, type Running } from './program.ts';

let folder: ReturnType<typeof makeFolder>;
let dev: Running | null = null;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(async () => {
  dev?.process.kill('SIGTERM');
  await dev?.ended;
  dev = null;
  folder.remove();
});

const write = (name: string, text: string): void => {
  const path = join(folder.path, name);
  // As editors do: a new file in the place of the old one.
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};
const answering = (text: string): string =>
  `export const greet = async (job: { data: unknown }): Promise<string> => ${JSON.stringify(text)};\n`;

async function startDev(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Client> {
  dev = start(['dev', 'handlers.ts', '--port', '0', ...flags], { cwd: folder.path, env });
  const [, url = ''] = await dev.says(/^Waybill listens on (\S+)\n/);
  return createClient({ server: url, token: 'me' });
}

async function resultOf(client: Client, id: string): Promise<unknown> {
  for await (const view of client.watch(id, { minIntervalMs: 10 })) {
    if (view.endedAt !== null) return (view as unknown as { result: unknown }).result;
  }
  throw new Error('the watch ended before the task');
}

async function greet(client: Client): Promise<unknown> {
  return resultOf(client, (await client.submitTask({ body: { type: 'greet', data: null } })).id);
}

const times = (pattern: RegExp, count: number): RegExp => new RegExp(`(?:${pattern.source}[^]*){${count}}`);

describe('waybill dev', () => {
  test('runs the handlers of a TypeScript module, says where the console is, and logs text', async () => {
    write('handlers.ts', answering('hello'));
    const client = await startDev();
    await dev!.says(/^Console: +http:\/\/127\.0\.0\.1:\d+ \(log in as any name/m);
    await dev!.says(/^[\d:.]+ info {2}handlers are loaded .*greet/m);
    expect(await greet(client)).toBe('hello');
    dev!.process.kill('SIGTERM');
    expect((await dev!.ended).stderr).not.toMatch(/info {2}request /);
    expect(readFileSync(join(folder.path, 'waybill-data/waybill.sqlite')).byteLength).toBeGreaterThan(0);
  });

  test('runs the new code for the next task when the module or what it imports changes', async () => {
    write('words.ts', "export const word: string = 'one';\n");
    write('handlers.ts', "import { word } from './words.ts';\nexport const greet = async () => `${word}!`;\n");
    const client = await startDev();
    expect(await greet(client)).toBe('one!');
    write('words.ts', "export const word: string = 'two';\n");
    await dev!.says(/handlers are loaded anew/);
    expect(await greet(client)).toBe('two!');
    write('handlers.ts', "import { word } from './words.ts';\nexport const greet = async () => `${word}?`;\n");
    await dev!.says(times(/handlers are loaded anew/, 2));
    expect(await greet(client)).toBe('two?');
  });

  test('reports code that cannot be loaded, goes on with the code before, and loads what mends it', async () => {
    write('handlers.ts', answering('good'));
    const client = await startDev();
    write('handlers.ts', 'export const greet = async () => {{;\n');
    await dev!.says(/error the handlers cannot be loaded: the code before goes on .*handlers\.ts cannot be loaded/);
    expect(await greet(client)).toBe('good');
    write('handlers.ts', answering('mended'));
    await dev!.says(/handlers are loaded anew/);
    expect(await greet(client)).toBe('mended');
  });

  test('lets a task that runs finish on its code, while the next one runs the new code', async () => {
    const marker = join(folder.path, 'go-on');
    write('handlers.ts', `import { existsSync } from 'node:fs';
export const slow = async () => {
  while (!existsSync(${JSON.stringify(marker)})) await new Promise((resolve) => setTimeout(resolve, 10));
  return 'old';
};
export const greet = async () => 'old';
`);
    const client = await startDev();
    const { id } = await client.submitTask({ body: { type: 'slow', data: null } });
    await expect.poll(async () => (await client.getTask({ params: { id } })).status).toBe('processing');
    write('handlers.ts', "export const greet = async () => 'new';\nexport const slow = async () => 'new';\n");
    await dev!.says(/handlers are loaded anew/);
    expect(await greet(client)).toBe('new');
    writeFileSync(marker, '');
    expect(await resultOf(client, id)).toBe('old');
    expect((await client.getTask({ params: { id } })).attempt).toBe(1);
  });

  test('loses no task while its module changes again and again', async () => {
    write('handlers.ts', answering('0'));
    const client = await startDev();
    const ids: string[] = [];
    for (let version = 1; version <= 3; version++) {
      for (let n = 0; n < 20; n++) ids.push((await client.submitTask({ body: { type: 'greet', data: n } })).id);
      write('handlers.ts', answering(String(version)));
      await dev!.says(times(/handlers are loaded anew/, version));
    }
    const results = await Promise.all(ids.map((id) => resultOf(client, id)));
    expect(results.filter((result) => !/^[0-3]$/.test(String(result)))).toEqual([]);
  });

  test('opens the console with --open, by what the system has for it', async () => {
    write('handlers.ts', answering('hello'));
    const programs = join(folder.path, 'bin');
    const opened = join(folder.path, 'opened');
    mkdirSync(programs);
    for (const name of ['xdg-open', 'open']) {
      const script = `#!/bin/sh\nprintf %s "$1" > '${opened}.new'\nmv '${opened}.new' '${opened}'\n`;
      writeFileSync(join(programs, name), script);
      chmodSync(join(programs, name), 0o755);
    }
    await startDev(['--open'], { PATH: `${programs}:${process.env['PATH']}` });
    await expect.poll(() => {
      try {
        return readFileSync(opened, 'utf8');
      } catch {
        return '';
      }
    }).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('ends with 1 and a sentence when the module is not there', async () => {
    const { status, stderr } = await run(['dev', 'nowhere.ts', '--port', '0'], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/waybill: the server cannot start: nowhere\.ts cannot be loaded: .*\n$/);
  });
});
