import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npmInShell, programFile } from '../cli/program-file.ts';
import { openTestServer } from '../server/server.ts';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { blocksOf, follow, newProject, type } from './printed.ts';

/** Guides for those who call a server, followed as they are printed. */
describe('on a server with an image worker', () => {
  let server: Awaited<ReturnType<typeof openTestServer>>;
  const nodeOptions = process.env['NODE_OPTIONS'];

  beforeAll(async () => {
    process.env['NODE_OPTIONS'] = `${nodeOptions ?? ''} ${rememberingPrograms}`;
    server = await openTestServer({ WAYBILL_WORKERS: 'images' });
  });
  afterAll(async () => {
    if (nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = nodeOptions;
    await server.remove();
  });

  const at = () => ({ WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'mira' });

  test('image sets', async () => {
    const folder = newProject([]);
    const said = await type(follow(folder, blocksOf('docs/guides/image-sets.md')), folder, at());
    expect(said).toContain('done 100 %\n');
    expect(said).toMatch(/"status":"done".*"progress":\{"done":1,"failed":0,"total":1,"percent":100\}/);
    expect(said).not.toContain('"success":false');
    expect(existsSync(join(folder, 'results.zip'))).toBe(true);
  });

  test('credits', async () => {
    const folder = newProject([]);
    const said = await type(npmInShell + follow(folder, blocksOf('docs/guides/credits.md')), folder, at());
    expect(said).toMatch(/ commit +1 +reserved +spent /);
    expect(said).toContain('"granted":1010');
  });

  test('moving from a queue', async () => {
    const folder = newProject(['zod']);
    const script = follow(folder, blocksOf('docs/guides/moving-queues.md'));
    expect(await type(script, folder, at())).toBe('ada@example.org\n');
  });
});

test('the quickstart by npm', async () => {
  const folder = newProject([]);
  const blocks = blocksOf('docs/guides/quickstart.md');
  const [, serve, ...calls] = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim());
  follow(folder, blocks);
  const script = `npx() { shift; node ${programFile} "$@"; }
${serve!.replace('npx waybill', `node ${programFile}`).replace('8787', '0')} > said.txt 2>&1 & SERVER=$!
trap 'kill $SERVER; wait $SERVER || true' EXIT
until grep -q 'listens on' said.txt; do sleep 0.1; kill -0 $SERVER || { cat said.txt; exit 1; }; done
export WAYBILL_SERVER=$(sed -n 's/.*listens on //p' said.txt)
${calls.join('\n')}`;
  expect(await type(script, folder, { GRPC_PORT: '0' })).toContain('Hello, Ada!');
});
