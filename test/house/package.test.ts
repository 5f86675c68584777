import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { links } from '../../scripts/check/links.ts';
import { readTree } from '../../scripts/check/tree.ts';
import { copyCheckout } from './checkout.ts';
import { start } from './program.ts';

/** What `npm pack` makes, in an empty project's node_modules with nothing but what it depends on. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const checkout = copyCheckout();
const app = join(checkout.path, 'app');
const installed = join(app, 'node_modules/waybill');
/** As whoever deploys it from a checkout puts them there. */
const secretFiles = ['.env', 'deploy/.env', 'deploy/.env.production', 'deploy/.dev.vars', 'examples/tasks/.env'];

beforeAll(() => {
  const { path } = checkout;
  const manifest = readFileSync(join(path, 'package.json'), 'utf8');
  // Types are checked by `npm test` itself.
  const build = JSON.parse(readFileSync(join(path, 'tsconfig.build.json'), 'utf8')) as { compilerOptions: object };
  Object.assign(build.compilerOptions, { noCheck: true });
  writeFileSync(join(path, 'tsconfig.build.json'), JSON.stringify(build));
  for (const file of secretFiles) writeFileSync(join(path, file), 'JWT_SECRET=of-whoever-packs');
  execFileSync('npm', ['pack'], { cwd: path, stdio: 'ignore', env: { ...process.env, GOGC: '400' } });
  expect(readFileSync(join(path, 'package.json'), 'utf8')).toBe(manifest);
  mkdirSync(installed, { recursive: true });
  const [archive = ''] = readdirSync(path).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', join(path, archive), '-C', installed, '--strip-components=1']);
  const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, Record<string, string>>;
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const isOurs = dependencies?.[name] === undefined && devDependencies?.[name] !== undefined;
    if (!isOurs && !name.startsWith('.')) {
      symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name));
    }
  }
}, 120_000);
afterAll(() => checkout.remove());

describe('the package', () => {
  test('has the command', async () => {
    const { stdout, stderr, status } = await start([join(installed, 'bin/waybill.js'), '--version'], app).ended;
    expect([status, stdout.trim(), stderr]).toEqual([0, '0.1.0', '']);
  });

  test('serves in one process, with the flags that save memory', async () => {
    const serve = ['serve', '--dev', '--data', join(app, 'data'), '--port', '0', '--grpc-port', '0'];
    const { child, says, ended } = start([join(installed, 'bin/waybill.js'), ...serve], app);
    await says('Waybill listens on');
    const shown = execFileSync('ps', ['-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' });
    const children = execFileSync('ps', ['-A', '-o', 'ppid='], { encoding: 'utf8' }).trim().split(/\s+/);
    child.kill('SIGTERM');
    const { status, stderr } = await ended;
    expect(shown).toContain('--max-semi-space-size=8');
    expect(children).not.toContain(String(child.pid));
    expect(status).toBe(0);
    expect(stderr).not.toContain('Warning');
  });

  test('opens a platform in a program of its own, with its types', async () => {
    writeFileSync(join(app, 'package.json'), '{"type":"module"}');
    writeFileSync(join(app, 'program.ts'), `
      import { defineTask, Waybill, type Identity } from 'waybill';
      import * as z from 'zod';
      const greet = defineTask({ type: 'greet', input: z.object({ name: z.string() }), output: z.string() });
      const boss: Identity = { userId: 'boss', role: 'admin' };
      await using waybill = await Waybill.open({
        dataDir: './embedded', tasks: [greet.handle(({ data }) => data.name)], retentionDays: 3,
        authenticate: (request: Request) => (request.headers.has('cookie') ? boss : null),
      });
      const text: string = await (await waybill.as('mira').run(greet, { name: 'Ada' })).result();
      const page: Response = await waybill.fetch(new Request('http://any/'));
      console.log(text, page.status);
      // @ts-expect-error: no such option.
      void (() => Waybill.open({ retentoinDays: 3 }));
      // @ts-expect-error: a number.
      void (() => Waybill.open({ retentionDays: 'three' }));
      // @ts-expect-error: a port is the program's own.
      void (() => Waybill.open({ port: 8787 }));
      // @ts-expect-error: no such role.
      void (() => waybill.as({ userId: 'mira', role: 'king' }));
      // @ts-expect-error: no such field.
      void (() => waybill.run(greet, { nmae: 'Ada' }));
    `);
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({
      compilerOptions: {
        module: 'nodenext', target: 'es2023', lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
        strict: true, noEmit: true, skipLibCheck: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')],
      },
      files: ['program.ts'],
    }));
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', app], { stdio: 'inherit' });
    const { stdout, stderr, status } = await start(['program.ts'], app).ended;
    expect([stdout, stderr, status]).toEqual(['Ada 200\n', '', 0]);
  });

  const exported = [['worker', 'createWorker'], ['client', 'createClient'], ['tasks', 'defineTask']] as const;
  test.each(exported)('exports waybill/%s', async (name, what) => {
    const program = `import * as it from 'waybill/${name}'; console.log(Object.keys(it).join(' '))`;
    const { stdout, stderr } = await start(['--input-type=module', '-e', program], app).ended;
    expect(stderr).toBe('');
    expect(stdout.trim().split(' ')).toContain(what);
  });

  test('says in one line that a Node is too old', async () => {
    const older = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})';
    const { stderr, status } = await start(['--import', older, join(installed, 'bin/waybill.js'), 'serve'], app).ended;
    expect([status, stderr]).toEqual([1, 'waybill: this needs Node 22 or newer, and this is 20.20.2\n']);
  });

  test('holds every page that its pages link to', () => {
    expect(links.find(readTree(installed))).toEqual([]);
  });

  test('holds nobody’s secrets, and neither does the repository', () => {
    const names = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => /(^|\/)\.(env|dev\.vars)/.test(name))).toEqual([]);
    const ignored = execFileSync('git', ['check-ignore', '--no-index', ...secretFiles], { cwd: root });
    expect(ignored.toString().trim().split('\n')).toEqual(secretFiles);
  });

  test('holds neither tests nor sources', () => {
    const others = [...readTree(installed).files].filter((file) => /^(dist\/testing|src|test|scripts)\//.test(file));
    expect(others).toEqual([]);
  });
});

test('a checkout exports its sources, without a build', async () => {
  const program = "import { createWorker } from 'waybill/worker'; console.log(typeof createWorker)";
  const { stdout, stderr } = await start(['--input-type=module', '-e', program], root).ended;
  expect([stdout, stderr]).toEqual(['function\n', '']);
});
