/** Finds the shared libraries that programs on this machine need. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Loaded by glibc at run time to resolve names, so that ldd does not list them. */
const nameServices = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/** Paths of a program's libraries, including its dynamic loader; none if it is statically linked. */
async function librariesOf(program: string): Promise<string[]> {
  let output: string;
  try {
    output = (await run('ldd', [program], { env: { PATH: process.env['PATH'], LC_ALL: 'C' } })).stdout;
  } catch (error) {
    const said = `${(error as { stdout?: string }).stdout}${(error as { stderr?: string }).stderr}`;
    if (/not a dynamic executable|statically linked/.test(said)) return [];
    throw new Error(`ldd cannot list the libraries of ${program}: ${said.trim() || (error as Error).message}`);
  }
  const missing = /^\s*(\S+) => not found/m.exec(output)?.[1];
  if (missing !== undefined) throw new Error(`${program} needs ${missing}, which is not on this machine`);
  return [...output.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path = '']) => path);
}

/** The libraries of all programs and the name services, sorted and without duplicates. */
export async function allLibraries(programs: readonly string[]): Promise<string[]> {
  const found = new Set((await Promise.all(programs.map(librariesOf))).flat());
  const libc = [...found].find((path) => basename(path) === 'libc.so.6');
  for (const name of libc === undefined ? [] : nameServices) {
    const path = join(dirname(libc ?? ''), name);
    if (await access(path).then(() => true, () => false)) found.add(path);
  }
  return [...found].sort();
}
