import { once } from 'node:events';
import { defineCommand } from '../../transports/cli/command.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { anyText, optional, required, wholeNumber } from '../../transports/cli/flag.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { options } from '../config/options.ts';

export default defineCommand({
  name: 'worker tasks',
  summary: 'Run handlers of tasks on this machine',
  description:
    'Takes tasks from the server and does them with the functions that a JavaScript module exports, by task type. ' +
    'They run in a process of their own, which is started again when a handler ends it. Run as many as you like, ' +
    'anywhere that reaches the server. Ctrl-C and SIGTERM let the tasks at work end and ' +
    'give the rest back; when a worker is killed, others take its tasks some seconds later.',
  flags: {
    handlers: required(
      'FILE',
      anyText,
      'The module: its default export, or its export `handlers`, is an object of functions by task type.',
    ),
    concurrency: optional('N', wholeNumber(1, 1_000), 'Tasks at work at once; 10 unless given.'),
    prefetch: optional(
      'N',
      wholeNumber(0, 1_000),
      'Tasks taken beyond those; unless given, as many as will be begun within 0.2 s.',
    ),
    leaseSeconds: optional(
      'N',
      wholeNumber(1, 600),
      'Without a sign of life for so long, others take the tasks; 10 unless given.',
    ),
    shutdownSeconds: optional(
      'N',
      wholeNumber(0, 86_400),
      'How long tasks may go on when it is stopped; 30 unless given.',
    ),
    memoryMb: optional(
      'MB',
      wholeNumber(128, 1_048_576),
      'Memory of the process that the handlers run in; 1024 unless given.',
      options.handlersMemoryMb.env,
    ),
    blockedSeconds: optional(
      'N',
      wholeNumber(1, 86_400),
      'How long handlers may keep it from doing anything else before it is ended; 30 unless given.',
      options.handlersBlockedSeconds.env,
    ),
    workerId: optional('ID', anyText, 'Shown with its tasks; made of the machine’s name unless given.'),
    logLevel: optional(
      'LEVEL',
      options.logLevel.value,
      'The least that is logged; info unless given.',
      options.logLevel.env,
    ),
    logFormat: optional(
      'FORMAT',
      options.logFormat.value,
      'JSON lines or text; auto, unless given: text on a terminal and JSON anywhere else.',
      options.logFormat.env,
    ),
  },
  exits: { 1: 'The server refused the worker, or the module cannot be loaded.' },
  examples: [
    ['worker tasks --server https://waybill.example --handlers ./handlers.js', 'with WAYBILL_TOKEN set'],
    ['worker tasks --token mira --handlers ./handlers.js --concurrency 50', 'for a server in development mode'],
  ],
  async run({ server, token, signal }, { flags }) {
    if (token === null || token === '') {
      throw new UsageProblem('a token is needed: --token, WAYBILL_TOKEN or `waybill login`');
    }
    const { handlers: file, logLevel = 'info', leaseSeconds, shutdownSeconds, ...others } = flags;
    const { memoryMb = 1_024, blockedSeconds = 30, ...given } = others;
    const [{ startHandlers }, { createLogger }] = await Promise.all([
      import('../node/handlers/start.ts'),
      import('../node/logger.ts'),
    ]);
    const logger = createLogger(logLevel, (line) => void process.stderr.write(line));
    const limits = { memoryBytes: memoryMb * 1024 ** 2, silenceMs: blockedSeconds * 1_000 };
    try {
      const worker = await startHandlers({ file, limits, env: process.env, logger }, {
        server, token, logger,
        ...definedOf(given),
        ...(leaseSeconds !== undefined && { leaseMs: leaseSeconds * 1_000 }),
        ...(shutdownSeconds !== undefined && { shutdownMs: shutdownSeconds * 1_000 }),
      });
      const told = signal.aborted ? Promise.resolve() : once(signal, 'abort');
      await Promise.race([told, worker.done]).finally(() => worker.stop());
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    }
  },
});

function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
