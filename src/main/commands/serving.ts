import { once } from 'node:events';
import type { Context } from '../../transports/cli/context.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { loadConfig } from '../config/load.ts';
import { version } from '../version.ts';
import type { EmbeddedTasks, RunningServer } from '../node/server.ts';

interface Serving {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly tasks: EmbeddedTasks | null;
  /** After its address was printed. */
  readonly onReady?: (server: RunningServer) => void;
}

/** Runs a server until it is told to stop. */
export async function serveUntilStopped(
  { output, env, signal }: Pick<Context, 'output' | 'env' | 'signal'>,
  { flags, tasks, onReady = () => {} }: Serving,
): Promise<void> {
  const loaded = loadConfig({ flags, env });
  if (!loaded.ok) throw new UsageProblem(loaded.problems[0]?.message ?? 'the configuration is wrong');
  const { config, notes } = loaded;
  const [{ limitHeapGrowth }, { startServer }, { createProgramLogger }, { startTracing }] = await Promise.all([
    import('../node/heap-growth.ts'),
    import('../node/server.ts'),
    import('../node/program-logger.ts'),
    import('../node/tracing/start.ts'),
  ]);
  limitHeapGrowth();
  const plain = createProgramLogger(config.log, process.stderr);
  const tracing = await startTracing(env, { service: 'waybill', version, warn: plain.warn });
  const logger = tracing === null ? plain : createProgramLogger(config.log, process.stderr, tracing);
  for (const note of notes) logger.warn(note);
  const server = await startServer(config, { logger, tasks, tracing }).catch((error: unknown) => {
    throw new CommandFailure(`the server cannot start: ${(error as Error).message}`);
  });
  if (output.json) output.printJson({ url: server.url }, 'line');
  else output.print(`Waybill listens on ${server.url}`);
  // Where it goes is read by programs. Whoever wants errors alone has to see it all the same.
  if (server.setupNote !== null) {
    if (config.log.level === 'error') output.note(`waybill: ${server.setupNote}`);
    else logger.warn(server.setupNote);
  }
  onReady(server);
  if (!signal.aborted) await once(signal, 'abort');
  await server.close();
  await tracing?.stop();
}
