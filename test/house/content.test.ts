import { describe, expect, test } from 'vitest';
import { machinePaths, marks } from '../../scripts/check/leftovers.ts';
import { purity } from '../../scripts/check/purity.ts';
import { tests } from '../../scripts/check/tests.ts';
import { findings } from './fixture.ts';

describe('the domain', () => {
  test.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const id = crypto.randomUUID();',
    'const chance = Math.random();',
    'setTimeout(() => 1, 5);',
    'const home = process.env.HOME;',
    'export async function decide() {}',
    'console.log(1);',
  ])('may not say %s', (code) => {
    expect(findings(purity, { 'src/domain/job.ts': code })).toHaveLength(1);
    expect(findings(purity, { 'src/main/node.ts': code })).toEqual([]);
  });

  test('may compute with a time that it was given', () => {
    const code = 'export const day = (now: number): string => new Date(now).toISOString() + Math.max(1, 2);';
    expect(findings(purity, { 'src/domain/job.ts': code })).toEqual([]);
  });
});

describe('tests', () => {
  test.each([
    "test.only('a', () => {});",
    "describe.only.each([1])('a', () => {});",
    "it.skip('a', () => {});",
    "describe.skipIf(true)('a', () => {});",
    "test.todo('a');",
    "test('a', (ctx) => { ctx.skip(); });",
    "test('a', ({ skip }) => { skip(isSlow); });",
    "test('a', ({ skip }) => { skip(''); });",
  ])('may not say %s', (code) => {
    expect(findings(tests, { 'test/a.test.ts': code })).toEqual([expect.stringMatching(/^test\/a\.test\.ts:1 /)]);
  });

  test.each([
    "test.each([1])('a', () => {});",
    "test('a', (ctx) => { ctx.skip('no Docker engine answers'); });",
    "test('a', ({ skip }) => { skip(!engine, 'no Docker engine answers'); });",
    "test('a', ({ skip }) => { skip(engine.missingReason); });",
    "const text = 'test.only(';",
    'jobs.only(1);',
  ])('may say %s', (code) => {
    expect(findings(tests, { 'test/a.test.ts': code })).toEqual([]);
  });
});

describe('leftovers', () => {
  // In parts, so that the check does not find them here.
  const mark = 'TO' + 'DO';

  test('a mark of what is still to be done is found', () => {
    const files = { 'src/a.ts': `\n// ${mark}: later\n`, 'src/b.ts': `const ${mark}S = 1;` };
    expect(findings(marks, files)).toEqual([expect.stringContaining(`src/a.ts:2 is marked ${mark}`)]);
  });

  const machine = ['/ro' + 'ot/x', '/ho' + 'me/me/x', '/wo' + 'rk/main/x', '"/Us' + 'ers/me'];

  test.each(machine)('the path %s is found', (path) => {
    expect(findings(machinePaths, { 'docs/a.md': `see ${path}` })).toEqual([expect.stringMatching(/^docs\/a\.md:1 /)]);
  });

  test('a path that ends like one of a machine is not', () => {
    expect(findings(machinePaths, { 'docs/a.md': 'https://example.com/ho' + 'me/x and /wo' + 'rk/input' })).toEqual([]);
  });
});
