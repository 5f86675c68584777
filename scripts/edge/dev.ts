/**
 * `npm run dev:edge`: the Worker on this machine, without an account, and with `--workers images` an image worker that
 * pulls from it. Listens on loopback only.
 *
 *     npm run dev:edge -- [PORT] [--workers images] [--data DIR]
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailure, reportFailure } from '../../src/transports/cli/failure.ts';
import { anyText, oneOf, optional, toggle, wholeNumber } from '../../src/transports/cli/flag.ts';
import { createOutput } from '../../src/transports/cli/output.ts';
import { parseWords, readFlags } from '../../src/transports/cli/parse.ts';
import { UsageProblem } from '../../src/transports/cli/usage-problem.ts';
import { PortTaken, startEdgeApart } from './apart.ts';
import { startImageWorker, type ImageWorker } from './image-worker.ts';

/** What of the environment the Worker is given too. */
const passedOn = [
  'LOG_LEVEL', 'GPU_WORKER_URL', 'GPU_CALLBACK_SECRET', 'ALLOWED_ORIGINS', 'ANONYMOUS_SIGNUP',
  'ANONYMOUS_SIGNUPS_PER_HOUR', 'VERIFY_UPLOADS', 'BATCH_CONCURRENCY',
];

const flags = {
  data: optional('DIR', anyText, 'Folder of everything that is stored; .wrangler/edge unless given.'),
  workers: optional('KIND', oneOf('images'), 'Start a worker too: images, which processes the photos of sets.'),
  help: toggle('Print this help.'),
} as const;

const usage = `Usage: npm run dev:edge -- [PORT] [--workers images] [--data DIR]

Runs Waybill as on Cloudflare on this machine, without an account: Durable Objects, D1, R2 and Queues in the local
runtime, which listens on loopback only. Delete the folder of the data to start anew.

  PORT            Port of the server; 8787 unless given.
  --workers KIND  ${flags.workers.about}
  --data DIR      ${flags.data.about}
  --help          ${flags.help.about}

These variables are passed on if they are set: ${passedOn.slice(0, 4).join(', ')},
${passedOn.slice(4).join(', ')}.`;

const another = 'npm run dev:edge -- PORT listens on another';
const usualFolder = fileURLToPath(new URL('../../.wrangler/edge', import.meta.url));
const output = createOutput({ out: process.stdout, error: process.stderr }, false);

function started(url: string, hasWorker: boolean): string {
  const at = `--server ${url}`;
  const worker = `npm run --silent waybill -- worker images ${at}`;
  return `
Waybill listens on ${url} in development mode: "Bearer <user id>" is that user, who starts with ten
credits, and "Bearer admin" the administrator. Open it in a browser for the console; its API is described at
${url}/docs. In another terminal:
${hasWorker || process.env['GPU_WORKER_URL'] ? '' : `
  ${worker}    # until one runs, sets wait for a worker
`}
  export WAYBILL_TOKEN=mira
  npm run --silent waybill -- job create ${at} --preset remove-background examples/photos/bowl.jpg --out results

Ctrl-C stops ${hasWorker ? 'both' : 'it'}.
`;
}

async function run(port: number, folder: string, withWorker: boolean): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort(signal));
  const vars = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const edge = await startEdgeApart({ port, folder, vars: { LOG_LEVEL: 'info', ...Object.fromEntries(vars) } });
  let worker: ImageWorker | undefined;
  try {
    output.print(started(edge.url, withWorker));
    worker = withWorker && !stopping.signal.aborted ? startImageWorker(edge.url) : undefined;
    const status = await Promise.race([stopped(stopping.signal), edge.ended, ...(worker ? [worker.ended] : [])]);
    if (status !== null) output.note(`${withWorker ? 'One of the two' : 'The server'} has ended by itself.`);
    return status ?? 0;
  } finally {
    // The worker first: it reports the photo that it is at.
    await worker?.stop(stopping.signal.reason as NodeJS.Signals | undefined);
    await edge.stop();
  }
}

function stopped(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
}

try {
  const { words, texts } = parseWords(process.argv.slice(2), flags);
  const { data, workers, help } = readFlags(flags, texts, {}) as { data?: string; workers?: 'images'; help: boolean };
  if (words.length > 1) throw new UsageProblem(`"${words[1]}" is one word too many: --help shows what there is`);
  const port = wholeNumber(1, 65_535).parse(words[0] ?? '8787');
  if (port === undefined) throw new UsageProblem(`${words[0]} is no port: give one from 1 to 65535`);
  if (help) output.print(usage);
  else process.exitCode = await run(port, data === undefined ? usualFolder : resolve(data), workers !== undefined);
} catch (error) {
  const failure = error instanceof PortTaken ? new CommandFailure(`${error.message}: ${another}`) : error;
  process.exitCode = reportFailure(failure, output, null);
}
