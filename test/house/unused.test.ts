import { describe, expect, test } from 'vitest';
import { deadExports, unusedFiles } from '../../scripts/check/unused.ts';
import { findings } from './fixture.ts';

describe('unused files', () => {
  test('are those that no program, test or deployment leads to', () => {
    const found = findings(unusedFiles, {
      'package.json': JSON.stringify({
        bin: 'bin/a.js',
        exports: { '.': './dist/client/index.js' },
        scripts: { demo: 'node scripts/demo.ts' },
      }),
      'bin/a.js': '',
      'scripts/demo.ts': "import '../src/used.ts';",
      'src/used.ts': "const file = new URL('./agent', import.meta.url);",
      'src/agent.ts': '',
      'src/client/index.ts': '',
      'src/edge.ts': '',
      'deploy/wrangler.jsonc': '{ "main": "../src/edge.ts" }',
      'bench/claims.ts': '',
      'bench/README.md': 'Run `node bench/claims.ts`. The code is in src/unused.ts.',
      'test/a.test.ts': "import './fixture.ts';",
      'test/fixture.ts': '',
      'src/unused.ts': "import './unused-too.ts';",
      'src/unused-too.ts': '',
    });
    expect(found.map((each) => each.split(' ')[0])).toEqual(['src/unused-too.ts', 'src/unused.ts']);
  });
});

describe('dead exports', () => {
  const used = (files: Record<string, string>): string[] =>
    findings(deadExports, files).map((each) => each.replace(/, which.*/, ''));
  const program = { 'package.json': '{ "bin": "bin/a.ts" }' };

  test('are exports that nothing imports', () => {
    const found = used({
      ...program,
      'bin/a.ts': "import { one } from '../src/a.ts';",
      'src/a.ts': 'export const one = 1;\nexport const two = 2;\nexport function three() {}',
    });
    expect(found).toEqual(['src/a.ts:2 exports two', 'src/a.ts:3 exports three']);
  });

  test('are followed through files that only pass them on', () => {
    const found = used({
      ...program,
      'bin/a.ts': "import { one, renamed } from '../src/index.ts';",
      'src/index.ts': "export * from './a.ts'; export { two as renamed, three } from './b.ts';",
      'src/a.ts': 'export const one = 1; export const dead = 2;',
      'src/b.ts': 'export const two = 1; export const three = 2;',
    });
    expect(found).toEqual(['src/a.ts:1 exports dead', 'src/b.ts:1 exports three', 'src/index.ts:1 exports three']);
  });

  test('are none of a namespace or dynamic import, a type in a used signature, or a published file', () => {
    const found = used({
      'package.json': '{ "exports": "./dist/index.js", "bin": "bin/a.ts" }',
      'src/index.ts': 'export const published = 1;',
      'bin/a.ts': [
        "import * as all from '../src/a.ts';",
        "const b = await import('../src/b.ts');",
        "import { make } from '../src/c.ts';",
      ].join('\n'),
      'src/a.ts': 'export const one = 1;',
      'src/b.ts': 'export const one = 1;',
      'src/c.ts': 'export interface Options {} export function make(options: Options) {}',
    });
    expect(found).toEqual([]);
  });

  test('are types that only a function body mentions', () => {
    const found = used({
      ...program,
      'bin/a.ts': "import { make } from '../src/a.ts';",
      'src/a.ts': 'export interface Inner {} export function make() { const x: Inner = {}; return 1; }',
    });
    expect(found).toEqual(['src/a.ts:1 exports Inner']);
  });

  test('are exports that only a test imports, except of published suites', () => {
    const found = used({
      'test/a.test.ts': "import { one } from '../src/a.ts'; import { suite } from '../src/testing/suite.ts';",
      'src/a.ts': 'export const one = 1;',
      'src/testing/suite.ts': 'export const suite = 1;',
    });
    expect(found).toEqual(['src/a.ts:1 exports one']);
  });
});
