import { once } from 'node:events';
import { defineCommand } from '../../transports/cli/command.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { anyText, optional, wholeNumber } from '../../transports/cli/flag.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { configFlags } from '../config/flags.ts';
import { loadConfig } from '../config/load.ts';

export default defineCommand({
  name: 'serve',
  summary: 'Run a server',
  description:
    'Prints its address on standard output when it is ready, and its log on standard error. Ctrl-C and SIGTERM ' +
    'shut it down gracefully; a second one stops it at once.\n\nSecrets are set by environment variables only: see ' +
    'docs/configuration.md.',
  usesServer: false,
  flags: {
    ...configFlags(),
    handlers: optional(
      'FILE',
      anyText,
      'A module whose handlers run tasks on this machine, in a separate process; see `worker tasks`.',
    ),
    concurrency: optional('N', wholeNumber(1, 1_000), 'Maximum number of tasks that run at once. Default: 10.'),
  },
  exits: { 2: 'The configuration is invalid; one line names the problem.', 1: 'A part of it could not be started.' },
  examples: [
    ['serve --dev --port 8787 --data ./data', 'try it out, on this machine only'],
    ['serve --dev --workers images', 'with an image worker in the same process'],
    ['serve --dev --workers pipeline', 'with the pipeline of product images, SHOPIFY_STORE_DOMAIN being set'],
    ['serve --dev --handlers ./handlers.js', 'with your own task handlers'],
    [
      'serve --host 0.0.0.0 --public-url https://waybill.example',
      'reachable by others, with JWT_SECRET, GPU_CALLBACK_SECRET and WEBHOOK_SECRET set',
    ],
  ],
  async run({ output, env, signal }, { flags: { handlers: file, concurrency, ...flags } }) {
    const loaded = loadConfig({ flags, env });
    if (!loaded.ok) throw new UsageProblem(loaded.problems[0]?.message ?? 'the configuration is wrong');
    const { config, notes } = loaded;
    const [{ limitHeapGrowth }, { startServer }, { createProgramLogger }] = await Promise.all([
      import('../node/heap-growth.ts'),
      import('../node/server.ts'),
      import('../node/program-logger.ts'),
    ]);
    limitHeapGrowth();
    const logger = createProgramLogger(config.log, process.stderr);
    for (const note of notes) logger.warn(note);
    const tasks = file === undefined ? null : { file, concurrency };
    const server = await startServer(config, { logger, tasks }).catch((error: unknown) => {
      throw new CommandFailure(`the server cannot start: ${(error as Error).message}`);
    });
    if (output.json) output.printJson({ url: server.url }, 'line');
    else output.print(`Waybill listens on ${server.url}`);
    if (server.setupNote !== null) output.note(`waybill: ${server.setupNote}`);
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
  },
});
