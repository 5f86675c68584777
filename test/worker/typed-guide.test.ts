import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { blocksOf, newProject } from '../guides/printed.ts';
import { startTestServer } from '../server/server.ts';

const blocks = blocksOf('docs/guides/typed-tasks.md');
const programs = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);

test('the guide to typed tasks is followed as it is printed', async () => {
  const [tasks = '', handlers = '', submit = '', trying = '', publishing = '', family = '', worker = ''] = programs;
  const folder = newProject(['zod']);
  const server = await startTestServer();
  for (const [name, text] of Object.entries({ tasks, handlers, submit, trying, publishing, family, worker })) {
    writeFileSync(join(folder, `${name}.ts`), text.replaceAll('http://127.0.0.1:8787', server.url));
  }
  const run = async (file: string): Promise<string> =>
    (await promisify(execFile)(process.execPath, [file], { cwd: folder })).stdout;
  expect(await run('trying.ts')).toBe('{ imported: 1 } 1 voters of unknown 1\n');
  writeFileSync(join(folder, 'publish.ts'), `
    import { publishing } from './publishing.ts';
    await publishing.test({ photo: 'a.png' }).catch(({ message }) => console.log(message));
    await publishing.test({ photo: 'a.png' }, { id: 'x', attempt: 2, steps: { upload: { url: 'kept' } } });`);
  expect(await run('publish.ts')).toBe('the network is down\nx: kept\n');
  writeFileSync(join(folder, 'album.ts'), `
    import { importingAll } from './family.ts';
    const tried = await importingAll.test({ files: ['a', 'b'] }, { children: { import_voters: { imported: 3 } } });
    console.log(tried.result, tried.children.length, tried.sleptMs);`);
  expect(await run('album.ts')).toBe('{ imported: 6 } 2 2000\n');
  writeFileSync(join(folder, 'family-worker.ts'), `
    import { createWorker } from 'waybill/worker';
    import { createClient } from 'waybill/client';
    import { importing } from './handlers.ts';
    import { importAll, importingAll } from './family.ts';
    const at = { server: '${server.url}', token: 'mira' };
    const worker = createWorker({ ...at, tasks: [importing, importingAll] });
    const all = await createClient(at).run(importAll, { files: ['name\\nAda', 'name\\nBob\\nEve'] });
    console.log(await all.result());
    await worker.stop();`);
  expect(await run('family-worker.ts')).toContain('{ imported: 3 }');
  const working = spawn(process.execPath, ['worker.ts'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  const over = once(working, 'exit');
  expect(await run('submit.ts')).toBe('1 imported\n');
  working.kill('SIGTERM');
  expect(await over).toEqual([0, null]);
});
