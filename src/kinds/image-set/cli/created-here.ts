import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from '../../../transports/cli/credentials.ts';

/**
 * What it takes to ask the server for a job's upload URLs again: the very request that created it. Kept
 * in ~/.local/state/waybill/jobs/<id>.json for as long as servers remember an Idempotency-Key.
 */
export interface CreateRequest {
  readonly server: string;
  readonly idempotencyKey: string;
  readonly body: { readonly preset: string; readonly itemCount: number };
}

const keptMs = 7 * 86_400_000;

type Environment = Readonly<Record<string, string | undefined>>;

function place(env: Environment): string {
  return join(folder(env, 'XDG_STATE_HOME', '.local/state'), 'jobs');
}

/** False when it cannot be kept, as on a read-only disk: only `waybill job upload` needs it. */
export function rememberRequest(env: Environment, jobId: string, request: CreateRequest): boolean {
  const jobs = place(env);
  try {
    mkdirSync(jobs, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(jobs)) {
      const path = join(jobs, name);
      if (statSync(path).mtimeMs < Date.now() - keptMs) rmSync(path, { force: true });
    }
    writeFileSync(join(jobs, `${jobId}.json`), JSON.stringify(request), { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/** Null when the job was not created from here, or too long ago. */
export function recallRequest(env: Environment, jobId: string): CreateRequest | null {
  if (!/^[0-9a-f-]{36}$/i.test(jobId)) return null;
  try {
    return JSON.parse(readFileSync(join(place(env), `${jobId.toLowerCase()}.json`), 'utf8')) as CreateRequest;
  } catch {
    return null;
  }
}
