/**
 * `npm run dev:edge`: the Worker on this machine, with no account. Its data is kept in `.wrangler/edge`; with a
 * port as argument it listens there (`npm run dev:edge -- 8799`); the variables named below are passed on.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalEdge } from './wrangler.ts';

const folder = join(fileURLToPath(new URL('../..', import.meta.url)), '.wrangler', 'edge');
const port = Number(process.argv[2] ?? '8787');
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  process.stderr.write(`${process.argv[2]} is no port: give one from 1 to 65535\n`);
  process.exit(2);
}
const names = [
  'GPU_WORKER_URL', 'GPU_CALLBACK_SECRET', 'ALLOWED_ORIGINS', 'ANONYMOUS_SIGNUP', 'ANONYMOUS_SIGNUPS_PER_HOUR',
  'VERIFY_UPLOADS', 'BATCH_CONCURRENCY',
];
const passedOn = names.flatMap((name) => {
  const value = process.env[name];
  return value === undefined ? [] : [[name, value] as const];
});
const edge = await startLocalEdge({
  port,
  folder,
  show: true,
  vars: { LOG_LEVEL: 'info', ...Object.fromEntries(passedOn) },
});
process.stdout.write(`\nWaybill listens on ${edge.url} in development mode: "Bearer <user id>" is that user.\n`);
process.stdout.write(`Its pages are at ${edge.url}/docs; Ctrl-C stops it.\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void edge.stop());
process.exitCode = await edge.ended;
