import { defineCommand } from '../../transports/cli/command.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { anyText, oneOf, optional, wholeNumber } from '../../transports/cli/flag.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { devCallbackSecret, isLoopback } from '../config/loopback.ts';
import { options } from '../config/options.ts';

export default defineCommand({
  name: 'worker images',
  summary: 'Run a worker for image sets on this machine',
  description:
    "Takes executed sets from the server's queue, makes the new pictures here, and reports each of them. Run as many " +
    'as you like, anywhere that reaches the server and its object storage. Ctrl-C lets the photos under way end and ' +
    'gives the rest back; a worker that is killed loses nothing either, its photos are only started again later.',
  flags: {
    secret: optional(
      'SECRET',
      anyText,
      'What the worker proves itself by; the first one of a list. Rather set it: others can see the arguments ' +
        'of a process.',
      options.callbackSecrets.env,
    ),
    concurrency: optional('N', wholeNumber(1, 64), 'Photos under way at once; 1 unless given.'),
    logLevel: optional(
      'LEVEL',
      oneOf('debug', 'info', 'warn', 'error'),
      'The least that is logged; info unless given.',
      options.logLevel.env,
    ),
  },
  exits: { 1: 'The server refused the worker, or the worker broke.' },
  examples: [
    ['worker images --server https://waybill.example', 'with GPU_CALLBACK_SECRET set'],
    ['worker images', 'for a server in development mode on this machine'],
  ],
  async run({ output, server, signal }, { flags: { secret: given, concurrency = 1, logLevel = 'info' } }) {
    const { hostname } = new URL(server);
    const standard = isLoopback(hostname.replace(/^\[|\]$/g, '')) ? [devCallbackSecret] : [];
    const [secret] = given === undefined ? standard : (options.callbackSecrets.value.parse(given) ?? []);
    if (secret === undefined) {
      const what = given === undefined ? 'is not set' : 'has a wrong value (not shown)';
      throw new UsageProblem(`GPU_CALLBACK_SECRET ${what}: it must be ${options.callbackSecrets.value.allowed}`);
    }
    if (given === undefined) {
      output.note(`waybill: using the callback secret of development mode, ${devCallbackSecret}`);
    }
    const [{ createRestyler }, { runImageWorker }, { createLogger }] = await Promise.all([
      import('../../imaging/local/index.ts'),
      import('../../worker/images/image-worker.ts'),
      import('../node/logger.ts'),
    ]);
    const logger = createLogger(logLevel, (line) => void process.stderr.write(line));
    const { restyle } = await createRestyler();
    try {
      await runImageWorker({ server, secret, concurrency, restyle, logger, signal });
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    }
  },
});
