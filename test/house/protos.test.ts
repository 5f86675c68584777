import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { bufEnvironment, bufProgram } from '../../scripts/proto/buf.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'waybill-protos-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @throws {Error} with what it printed when it finds something */
function buf(...args: readonly string[]): string {
  const env = { ...process.env, ...bufEnvironment(root) };
  try {
    return execFileSync(process.execPath, [bufProgram(root), ...args], { cwd: root, env, encoding: 'utf8' });
  } catch (error) {
    throw new Error(`buf ${args.join(' ')}: ${(error as { readonly stdout: string }).stdout}`, { cause: error });
  }
}

function filesIn(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}

test('the protos are formatted and keep to the rules of Buf', () => {
  expect(buf('format', '--diff')).toBe('');
  buf('lint');
});

test('the generated code is what `npm run generate` writes', () => {
  buf('generate', '--output', folder);
  const written = filesIn(join(root, 'src/contract/proto/generated'));
  const made = filesIn(join(folder, 'src/contract/proto/generated'));
  expect(Object.keys(written)).toEqual(Object.keys(made));
  for (const [name, text] of Object.entries(made)) expect(written[name], name).toBe(text);
});

test('clients of the protos on main go on to work with these', ({ skip }) => {
  const before = join(folder, 'before');
  const archive = archiveOfMain();
  if (archive === null) return skip('there is no branch main with protos to compare with');
  mkdirSync(before);
  execFileSync('tar', ['-x', '-C', before], { input: archive });
  buf('breaking', '--against', before);
});

test('a change that breaks clients is found', () => {
  const changed = join(folder, 'changed');
  cpSync(join(root, 'proto'), join(changed, 'proto'), { recursive: true });
  cpSync(join(root, 'buf.yaml'), join(changed, 'buf.yaml'));
  rmSync(join(changed, 'proto/waybill/v1/metrics_service.proto'));
  expect(() => buf('breaking', changed, '--against', root)).toThrow('metrics_service.proto');
});

function archiveOfMain(): Buffer | null {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    return execFileSync('git', ['archive', 'main', 'proto', 'buf.yaml'], { cwd: root, stdio: [...stdio] });
  } catch {
    return null;
  }
}
