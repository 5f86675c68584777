import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { compileCache, programFile } from '../cli/program-file.ts';

const script = fileURLToPath(new URL('../../examples/commands/conversations.sh', import.meta.url));

/** Runs `examples/commands/conversations.sh` to its end against a server; `env` names the provider, `P`. */
export async function converse(server: string, env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn('bash', [script], {
    env: {
      PATH: process.env['PATH'], HOME: '/nonexistent', NODE_COMPILE_CACHE: compileCache,
      WAYBILL: `${process.execPath} ${programFile}`, WAYBILL_SERVER: server, WAYBILL_TOKEN: 'ada', ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect([status, said]).toEqual([0, expect.stringMatching(/\n# all is as it should be on \w+\n$/)]);
}
