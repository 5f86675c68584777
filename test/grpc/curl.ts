import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
const run = promisify(execFile);

/** What `buf curl` prints, which asks as people do who have no protos: by reflection. Null: without a token. */
export function curlOf(token: string | null): (...args: readonly string[]) => Promise<string> {
  const proof = token === null ? [] : ['-H', `authorization: Bearer ${token}`];
  const common = ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', ...proof];
  return async (...args) => (await run(buf, [...common, ...args])).stdout;
}
