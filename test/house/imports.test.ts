import { describe, expect, test } from 'vitest';
import { imports } from '../../scripts/check/imports.ts';
import { findings } from './fixture.ts';

const MANIFEST = JSON.stringify({
  dependencies: { hono: '1.0.0', zod: '1.0.0', 'better-sqlite3': '1.0.0' },
  devDependencies: { vitest: '1.0.0' },
});

/** What is wrong with one import, written in `from`, of a file that exists or a package. */
function wrong(from: string, statement: string, others: Record<string, string> = {}): string[] {
  return findings(imports, { 'package.json': MANIFEST, [from]: statement, ...others });
}

describe('the import table', () => {
  const targets = {
    'src/domain/job.ts': 'export interface Job {}',
    'src/ports/store.ts': '',
    'src/application/submit.ts': '',
    'src/contract/job.ts': '',
    'src/client/client.ts': '',
    'src/stores/sqlite/index.ts': '',
    'src/objects/s3/index.ts': '',
    'src/testing/clock.ts': '',
    'src/main/node.ts': '',
  };

  test.each([
    ['src/ports/clock.ts', '../domain/job.ts'],
    ['src/services/relay.ts', '../application/submit.ts'],
    ['src/stores/postgres/index.ts', '../../ports/store.ts'],
    ['src/contract/errors.ts', '../domain/job.ts'],
    ['src/transports/rest/jobs.ts', '../../application/submit.ts'],
    ['src/transports/cli/index.ts', '../../client/client.ts'],
    ['src/main/cli.ts', '../stores/sqlite/index.ts'],
    ['test/job.test.ts', '../src/testing/clock.ts'],
    ['scripts/demo.ts', '../src/main/node.ts'],
  ])('lets %s import %s', (from, to) => {
    expect(wrong(from, `import '${to}';`, targets)).toEqual([]);
  });

  test.each([
    ['src/domain/account.ts', '../ports/store.ts', 'domain may import nothing else'],
    ['src/application/a.ts', '../stores/sqlite/index.ts', 'application may import ports, domain'],
    ['src/stores/postgres/index.ts', '../sqlite/index.ts', 'stores/postgres may import ports, domain'],
    ['src/stores/sqlite/rows.ts', '../../objects/s3/index.ts', 'stores/sqlite may import ports, domain'],
    [
      'src/transports/rest/jobs.ts', '../../domain/job.ts',
      'transports/rest may import transports/access, transports/documentation, application, contract',
    ],
    ['src/transports/cli/jobs.ts', '../../application/submit.ts', 'transports/cli may import client, contract'],
    ['src/worker/index.ts', '../client/client.ts', 'worker may import contract'],
    ['src/main/dev.ts', '../testing/clock.ts', 'main may not import testing'],
    ['src/domain/account.ts', '../../scripts/x.ts', 'which is not part of what is published'],
  ])('refuses %s importing %s', (from, to, reason) => {
    const found = wrong(from, `import '${to}';`, { ...targets, 'scripts/x.ts': '' });
    expect(found).toEqual([expect.stringContaining(reason)]);
    expect(found[0]).toContain(`${from}:1 imports `);
  });

  test.each([
    ["import type { Store } from '../ports/store.ts';"],
    ["export * from '../ports/store.ts';"],
    ["const store = await import('../ports/store.ts');"],
    ["type Store = import('../ports/store.ts').Store;"],
  ])('sees %s', (statement) => {
    expect(wrong('src/domain/job.ts', statement, { 'src/ports/store.ts': '' })).toHaveLength(1);
  });

  test('cannot follow an import of a variable', () => {
    expect(wrong('src/main/node.ts', 'const plugin = await import(file);')).toEqual([]);
  });

  test('asks for a row for a folder that has none', () => {
    const files = { 'src/domain/job.ts': '' };
    expect(wrong('src/stores/rows.ts', "import '../domain/job.ts';", files)).toEqual([
      expect.stringContaining('src/stores/rows.ts:1 has no row in scripts/check/import-table.ts'),
    ]);
  });
});

describe('packages and Node', () => {
  test.each([
    ['src/contract/job.ts', 'zod'],
    ['src/transports/rest/app.ts', 'hono/streaming'],
    ['src/stores/sqlite/node-driver.ts', 'node:fs'],
    ['src/stores/sqlite/node-driver.ts', 'better-sqlite3'],
    ['src/main/node.ts', 'hono'],
    ['src/testing/suite.ts', 'vitest'],
  ])('lets %s import %s', (from, name) => {
    expect(wrong(from, `import '${name}';`)).toEqual([]);
  });

  test.each([
    ['src/domain/job.ts', 'zod', 'domain may import no package'],
    ['src/transports/rest/app.ts', 'zod', 'transports/rest may import hono'],
    ['src/domain/job.ts', 'node:crypto', 'domain runs without Node too'],
    ['src/transports/rest/app.ts', 'node:http', 'transports/rest runs without Node too'],
    ['src/stores/sqlite/rows.ts', 'node:fs', 'stores/sqlite runs without Node too'],
    ['src/main/node.ts', 'vitest', 'not among the dependencies of package.json'],
    ['src/main/node.ts', 'left-pad', 'not among the dependencies of package.json'],
    ['test/x.test.ts', 'left-pad', 'not among the devDependencies of package.json'],
  ])('refuses %s importing %s', (from, name, reason) => {
    expect(wrong(from, `import '${name}';`)).toEqual([expect.stringContaining(reason)]);
  });
});

test('reports code that cannot be read', () => {
  expect(wrong('src/domain/job.ts', 'export const = 1;')).toEqual([expect.stringContaining('cannot be read')]);
});
