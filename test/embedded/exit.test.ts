import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newFolder } from './opened.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a program with `waybill` among its packages prints. */
async function run(program: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const folder = newFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/waybill'));
  symlinkSync(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.ts'), program);
  return promisify(execFile)(process.execPath, ['program.ts'], { cwd: folder, timeout: 50_000 });
}

const head = `
  import { defineTask, Waybill } from 'waybill';
  import * as z from 'zod';
  const greet = defineTask({ type: 'greet', input: z.object({ name: z.string() }) });
  const tasks = [greet.handle(({ data }) => data.name)];
`;

test('a program ends by itself once it has closed what it opened', async () => {
  const { stdout, stderr } = await run(`${head}
    {
      await using waybill = await Waybill.open({ tasks });
      const run = await waybill.run(greet, { name: 'Ada' });
      console.log(await run.result());
      void waybill.runOf(greet, (await waybill.as('mira').run(greet, { name: 'Bo' })).id).result().catch(() => {});
    }
    console.log(process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY/.test(name)));
  `);
  expect([stdout, stderr]).toEqual(['Ada\n[]\n', '']);
});

test('a program that cannot open it has nothing left to close', async () => {
  const { stdout } = await run(`${head}
    const wrong = [{ databaseUrl: 'postgres://127.0.0.1:1/none' }, { tasks, concurrency: 0 }, { adminUser: 'a b' }];
    for (const options of wrong) await Waybill.open(options).catch(({ message }) => console.log(message));
    console.log(process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY/.test(name)));
  `);
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[3]).toBe('[]');
});
