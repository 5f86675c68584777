import { once } from 'node:events';
import { defineCommand } from '../../transports/cli/command.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { anyText, optional, required, wholeNumber } from '../../transports/cli/flag.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { options } from '../config/options.ts';
import { workerService } from '../node/tracing/settings.ts';
import { healthPortFlag, openHealthPort } from '../node/worker-health.ts';
import { version } from '../version.ts';

export default defineCommand({
  name: 'worker tasks',
  summary: 'Run task handlers on this machine',
  description:
    'Claims tasks from the server and runs them with the functions that a JavaScript module exports, by task type. ' +
    'The handlers run in a separate process, which is restarted if it crashes. Run as many workers as you like, on ' +
    'any machine that can reach the server. Ctrl-C and SIGTERM let running tasks finish and release the others; ' +
    'when a worker is killed, other workers get its tasks a few seconds later.',
  flags: {
    handlers: required(
      'FILE',
      anyText,
      'The module. Its default export, or its export `handlers`, is an object that maps task types to functions.',
    ),
    concurrency: optional('N', wholeNumber(1, 1_000), 'Maximum number of tasks that run at once. Default: 10.'),
    prefetch: optional(
      'N',
      wholeNumber(0, 1_000),
      'Tasks claimed in advance. Default: as many as will start within 0.2 s.',
    ),
    leaseSeconds: optional(
      'N',
      wholeNumber(1, 600),
      'Lease duration: without a heartbeat for this long, other workers get the tasks. Default: 10.',
    ),
    shutdownSeconds: optional(
      'N',
      wholeNumber(0, 86_400),
      'Time for running tasks to finish when the worker is stopped. Default: 30.',
    ),
    memoryMb: optional(
      'MB',
      wholeNumber(128, 1_048_576),
      'Memory limit of the process that runs the handlers. Default: 1024.',
      options.handlersMemoryMb.env,
    ),
    blockedSeconds: optional(
      'N',
      wholeNumber(1, 86_400),
      'How long handlers may block the event loop before the process is killed. Default: 30.',
      options.handlersBlockedSeconds.env,
    ),
    captureConsole: optional(
      'true|false|only',
      options.handlersCaptureConsole.value,
      'Whether what handlers print by `console` goes to the logs of their tasks; only: and not to standard error. ' +
        'Default: true.',
      options.handlersCaptureConsole.env,
    ),
    workerId: optional('ID', anyText, 'Shown with its tasks. Default: derived from the host name.'),
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
  exits: { 1: 'The server rejected the worker, or the module cannot be loaded.' },
  examples: [
    ['worker tasks --server https://waybill.example --handlers ./handlers.js', 'with WAYBILL_TOKEN set'],
    ['worker tasks --token mira --handlers ./handlers.js --concurrency 50', 'for a server in development mode'],
  ],
  async run({ server, token, signal, env }, { flags }) {
    if (token === null || token === '') {
      throw new UsageProblem('a token is needed: --token, WAYBILL_TOKEN or `waybill login`');
    }
    const { handlers: file, logLevel = 'info', logFormat = 'auto', leaseSeconds, shutdownSeconds, ...others } = flags;
    const { memoryMb = 1_024, blockedSeconds = 30, captureConsole = 'true', healthPort, ...given } = others;
    const [{ startHandlers }, { createProgramLogger }, { startTracing }] = await Promise.all([
      import('../node/handlers/start.ts'),
      import('../node/program-logger.ts'),
      import('../node/tracing/start.ts'),
    ]);
    const log = { level: logLevel, format: logFormat } as const;
    const { warn } = createProgramLogger(log, process.stderr);
    const tracing = await startTracing(env, { service: workerService, version, warn });
    const logger = createProgramLogger(log, process.stderr, tracing);
    const limits = { memoryBytes: memoryMb * 1024 ** 2, silenceMs: blockedSeconds * 1_000 };
    const health = await openHealthPort(healthPort, server);
    try {
      const capture = captureConsole === 'only' ? captureConsole : captureConsole === 'true';
      const handlers = { file, limits, captureConsole: capture, env: process.env, logger };
      const worker = await startHandlers(handlers, {
        server, token, logger, ...(tracing && { openTelemetry: tracing.api }),
        ...definedOf(given),
        ...(leaseSeconds !== undefined && { leaseMs: leaseSeconds * 1_000 }),
        ...(shutdownSeconds !== undefined && { shutdownMs: shutdownSeconds * 1_000 }),
      });
      health.started();
      signal.addEventListener('abort', () => health.stopping());
      const told = signal.aborted ? Promise.resolve() : once(signal, 'abort');
      await Promise.race([told, worker.done]).finally(() => worker.stop());
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    } finally {
      health.close();
      await tracing?.stop();
    }
  },
});

function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
