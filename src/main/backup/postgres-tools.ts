import { spawn } from 'node:child_process';
import { CommandFailure } from '../../transports/cli/failure.ts';

export interface ToolRun {
  readonly databaseUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const dumpFlags = ['--format=custom', '--no-owner', '--no-privileges'];
const restoreFlags = ['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction'];

/** Dumps the database, as it is at one moment, to a new file. */
export async function dumpPostgres(file: string, run: ToolRun): Promise<void> {
  await runTool('pg_dump', [...dumpFlags, `--file=${file}`], run, [
    `pg_dump ${dumpFlags.join(' ')} --file=waybill.dump "$DATABASE_URL"`,
    'waybill backup DIR --no-database',
  ]);
}

/** All or nothing. `clean`: what the dump has and the database too is dropped first. */
export async function restorePostgres(file: string, clean: boolean, run: ToolRun): Promise<void> {
  const flags = [...restoreFlags, ...(clean ? ['--clean', '--if-exists'] : [])];
  await runTool('pg_restore', [...flags, file], run, [
    `pg_restore ${flags.join(' ')} --dbname="$DATABASE_URL" ${file}`,
    'waybill restore DIR --no-database',
  ]);
}

/** `instead`: what to run where the tool is not installed. */
async function runTool(
  tool: 'pg_dump' | 'pg_restore',
  args: readonly string[],
  { databaseUrl, env, signal }: ToolRun,
  instead: readonly string[],
): Promise<void> {
  const { url, password } = apart(databaseUrl);
  const child = spawn(tool, [...args, `--dbname=${url}`], {
    // Secrets of the server are none of its business.
    env: { ...ofPostgres(env), ...(password !== null && { PGPASSWORD: password }) },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-maxSaid);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new CommandFailure(missing(tool, instead)) : error);
    });
    child.on('close', resolve);
  });
  if (status !== 0) throw new CommandFailure(`${tool} ended with ${status}: ${said.trim().replaceAll('\n', '\n  ')}`);
}

const maxSaid = 2_000;

function missing(tool: string, instead: readonly string[]): string {
  return `${tool} is not installed here. Install PostgreSQL's client programs, in the server's version or a newer ` +
    `one, or run it elsewhere, and this command for the rest:\n${instead.map((line) => `    ${line}`).join('\n')}`;
}

/** The password must not show in a list of processes. */
function apart(databaseUrl: string): { readonly url: string; readonly password: string | null } {
  if (!URL.canParse(databaseUrl)) return { url: databaseUrl, password: null };
  const url = new URL(databaseUrl);
  if (url.password === '') return { url: databaseUrl, password: null };
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, password };
}

function ofPostgres(env: ToolRun['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(PG[A-Z]+|PATH|HOME|LANG|LC_.*|TZ)$/.test(name)));
}
