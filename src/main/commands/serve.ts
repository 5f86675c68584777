import { defineCommand } from '../../transports/cli/command.ts';
import { anyText, optional, wholeNumber } from '../../transports/cli/flag.ts';
import { configFlags } from '../config/flags.ts';
import { serveUntilStopped } from './serving.ts';

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
  async run(context, { flags: { handlers: file, concurrency, ...flags } }) {
    await serveUntilStopped(context, { flags, tasks: file === undefined ? null : { file, concurrency } });
  },
});
