import { resolve } from 'node:path';
import { defineCommand } from '../../transports/cli/command.ts';
import type { Context } from '../../transports/cli/context.ts';
import { variableOf } from '../../transports/cli/env-files.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { anyText, asSecret, optional, wholeNumber } from '../../transports/cli/flag.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { devCallbackSecret, isLoopback } from '../config/loopback.ts';
import { options } from '../config/options.ts';
import { httpUrl } from '../config/values.ts';
import { healthPortFlag, openHealthPort } from '../node/worker-health.ts';
import type { ImageWorkerOptions } from '../../kinds/image-set/worker/image-worker.ts';

export default defineCommand({
  name: 'worker images',
  summary: 'Run a worker for image sets on this machine',
  description:
    'Pulls executed sets from the queue of the server, processes their photos here, and reports each of them. Run ' +
    'as many workers as you like, on any machine that can reach the server and its object storage. Ctrl-C lets ' +
    'photos in progress finish and releases the rest; when a worker is killed, its photos are processed again ' +
    'later.',
  flags: {
    secret: asSecret(optional(
      'SECRET',
      anyText,
      'Secret of the workers; of a list, the first is used. Better set the variable: other users can see the ' +
        'arguments of a process.',
      options.callbackSecrets.env,
    )),
    queue: optional(
      'URL',
      httpUrl,
      'Pull messages from this queue instead of the server: a Cloudflare queue with an HTTP pull consumer, ' +
        'https://api.cloudflare.com/client/v4/accounts/ACCOUNT/queues/QUEUE, with a token in CLOUDFLARE_API_TOKEN.',
      'WORKER_QUEUE',
    ),
    concurrency: optional('N', wholeNumber(1, 64), 'Maximum number of photos in progress. Default: 1.'),
    imageMemoryBytes: optional(
      'BYTES',
      options.imageMemoryBytes.value,
      'Memory limit of the process that restyles photos. Default: 2 GiB, plus 1 GiB for each concurrent photo ' +
        'beyond the first. A photo that needs more fails.',
      options.imageMemoryBytes.env,
    ),
    segmentModel: optional(
      'FILE',
      options.segmentModel.value,
      'A segmentation model (ONNX) of your own that finds the subjects of photos, with FILE.json beside it where it ' +
        'needs a description. Default: the built-in one.',
      options.segmentModel.env,
    ),
    modelRuntime: optional(
      'RUNTIME',
      options.modelRuntime.value,
      'What runs the models. Default: auto, which is native where onnxruntime-node is installed, and wasm otherwise.',
      options.modelRuntime.env,
    ),
    healthPort: healthPortFlag,
    logLevel: optional(
      'LEVEL',
      options.logLevel.value,
      'Minimum level that is logged. Default: info.',
      options.logLevel.env,
    ),
    logFormat: optional(
      'FORMAT',
      options.logFormat.value,
      'JSON lines or text. Default: auto, which is text on a terminal and JSON otherwise.',
      options.logFormat.env,
    ),
  },
  exits: { 1: 'The server rejected the worker, or the worker failed.' },
  examples: [
    ['worker images --server https://waybill.example', 'with GPU_CALLBACK_SECRET set'],
    ['worker images', 'for a server in development mode on this machine'],
    [
      'worker images --server https://waybill.example.workers.dev ' +
        '--queue https://api.cloudflare.com/client/v4/accounts/0123/queues/4567',
      'for a pull consumer of Cloudflare’s, with GPU_CALLBACK_SECRET and CLOUDFLARE_API_TOKEN set',
    ],
  ],
  async run({ env, server, signal }, { flags }) {
    const { secret: given, queue: url, concurrency = 1, imageMemoryBytes } = flags;
    const { logLevel = 'info', logFormat = 'auto', segmentModel, modelRuntime: runtime = 'auto' } = flags;
    const { hostname } = new URL(server);
    const standard = isLoopback(hostname.replace(/^\[|\]$/g, '')) ? [devCallbackSecret] : [];
    const [secret] = given === undefined ? standard : (options.callbackSecrets.value.parse(given) ?? []);
    if (secret === undefined) {
      const what = given === undefined ? 'is not set' : 'has a wrong value (not shown)';
      throw new UsageProblem(`GPU_CALLBACK_SECRET ${what}: it must be ${options.callbackSecrets.value.allowed}`);
    }
    const [{ startRestyling }, { runImageWorker }, { createProgramLogger }] = await Promise.all([
      import('../node/restyling/process.ts'),
      import('../../kinds/image-set/worker/image-worker.ts'),
      import('../node/program-logger.ts'),
    ]);
    const queue = url === undefined ? {} : await cloudflareQueue(url, env);
    const logger = createProgramLogger({ level: logLevel, format: logFormat }, process.stderr);
    if (given === undefined) logger.info(`using the callback secret of development mode, ${devCallbackSecret}`);
    const memoryBytes = imageMemoryBytes ?? (1 + concurrency) * gibibyte;
    const { limits } = queue;
    const models = { segmentModel: segmentModel === undefined ? null : resolve(segmentModel), runtime };
    const health = await openHealthPort(flags.healthPort, server);
    const restyling = startRestyling({ logger, memoryBytes, models, ...(limits !== undefined && { limits }) });
    try {
      await restyling.ready;
      health.started();
      signal.addEventListener('abort', () => health.stopping());
      await runImageWorker({ server, secret, concurrency, make: restyling.make, logger, signal, ...queue });
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    } finally {
      await restyling.stop();
      health.close();
    }
  },
});

const gibibyte = 1024 ** 3;

/** How long a set may take, since its message cannot be extended there; and until the next try after a crash. */
const visibilityTimeoutMs = 3_600_000;

/** Cloudflare's pull consumers neither wait nor extend. */
async function cloudflareQueue(
  url: string,
  env: Context['env'],
): Promise<Pick<ImageWorkerOptions, 'queue' | 'limits'>> {
  const token = variableOf(env, 'CLOUDFLARE_API_TOKEN', true);
  if (!token.ok) throw new UsageProblem(token.problem);
  if (token.value === undefined) {
    throw new UsageProblem('CLOUDFLARE_API_TOKEN is not set: it must be one that may pull from the queue');
  }
  const { createHttpQueue } = await import('../../kinds/image-set/worker/queue.ts');
  const { defaultLimits } = await import('../../kinds/image-set/worker/limits.ts');
  const limits = { ...defaultLimits, pullWaitMs: 0, visibilityTimeoutMs };
  const headers = { authorization: `Bearer ${token.value}` };
  return { queue: createHttpQueue({ url, headers, fetch, limits, canExtend: false }), limits };
}
