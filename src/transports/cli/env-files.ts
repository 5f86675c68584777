import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { UsageProblem } from './usage-problem.ts';

type Env = Readonly<Record<string, string | undefined>>;

const maxEnvFileBytes = 1024 * 1024;
const maxSecretBytes = 64 * 1024;

/**
 * The variables of files as Node reads them, without those that are set already: of two files with the same one, the
 * later wins. Throws UsageProblem for a file that cannot be read.
 */
export function readEnvFiles(paths: readonly string[], env: Env): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const path of paths) {
    const read = readSmallFile(path, maxEnvFileBytes);
    if (!read.ok) throw new UsageProblem(`--env-file ${path} ${read.problem}`);
    for (const [name, value] of Object.entries(parseEnv(read.text))) {
      if (value !== undefined && env[name] === undefined) variables[name] = value;
    }
  }
  return variables;
}

/** What a variable is, and where that was found; undefined when it is not set. */
export type Variable =
  | { readonly ok: true; readonly value: string | undefined; readonly fromFile: boolean }
  | { readonly ok: false; readonly problem: string };

/**
 * Empty is as good as not set. A secret may also be in the file that NAME_FILE names, as secrets of Docker and
 * Kubernetes are. The problem is a whole sentence, without the secret.
 */
export function variableOf(env: Env, name: string, isSecret: boolean): Variable {
  const [value, file] = [name, fileVariable(name)].map((each) => env[each]?.trim() || undefined);
  const path = isSecret ? file : undefined;
  if (path === undefined) return { ok: true, value, fromFile: false };
  const written = `${fileVariable(name)} (${path})`;
  if (value !== undefined) return { ok: false, problem: `${name} and ${fileVariable(name)} are both set: unset one` };
  const read = readSmallFile(path, maxSecretBytes);
  if (!read.ok) return { ok: false, problem: `${written} ${read.problem}` };
  const text = read.text.replace(/[\r\n]+$/, '');
  return text === '' ? { ok: false, problem: `${written} is empty` } : { ok: true, value: text, fromFile: true };
}

export function fileVariable(name: string): string {
  return `${name}_FILE`;
}

type SmallFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

function readSmallFile(path: string, maxBytes: number): SmallFile {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { ok: false, problem: 'is a folder' };
    if (stats.size > maxBytes) return { ok: false, problem: `has ${stats.size} bytes, and ${maxBytes} are the most` };
    return { ok: true, text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'is not there', ENOTDIR: 'is not there',
      EACCES: 'cannot be read: this user has no permission', EPERM: 'cannot be read: this user has no permission',
    };
    return { ok: false, problem: reasons[code ?? ''] ?? `cannot be read: ${message}` };
  }
}
