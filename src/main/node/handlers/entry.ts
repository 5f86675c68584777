import type { WorkerLogger } from '../../../worker/server/log.ts';
import { attempt } from '../../../kinds/task/worker/attempt.ts';
import { captureConsole } from '../../../kinds/task/worker/console-capture.ts';
import { contextOf } from '../../../kinds/task/worker/context.ts';
import { ShutdownError, stopReason } from '../../../kinds/task/worker/errors.ts';
import { Held } from '../../../kinds/task/worker/held.ts';
import { catchStray } from '../../../kinds/task/worker/stray.ts';
import { inSpan } from '../../../kinds/task/worker/process-span.ts';
import type { NewChild, StartedChild, TakenJob } from '../../../kinds/task/worker/transport.ts';
import { version } from '../../version.ts';
import { workerService } from '../tracing/settings.ts';
import { startTracing } from '../tracing/start.ts';
import { runWatched } from '../watched-process/child.ts';
import { loadHandlers } from './handlers-file.ts';
import { tellLoadedFiles } from './loaded-files.ts';
import type { FromHandlers, HandlersInit, HandlersReady, ToHandlers } from './messages.ts';
import { NoteSender } from './note-sender.ts';

/** The program of the processes that `processes.ts` starts: runs handlers, and nothing else. */

runWatched<HandlersInit, ToHandlers, FromHandlers>(async ({ file, tellsFiles, captureConsole: capture }, send) => {
  if (tellsFiles) tellLoadedFiles((path) => send({ type: 'loaded', path }));
  catchStray({ error: atMost(20, (message, fields = {}) => send({ type: 'log', message, fields })) });
  exitsAreErrors();
  if (capture !== false) captureConsole();
  // Before the module is loaded, so that what it traces by itself finds the provider.
  // What is wrong with its settings, the process above says.
  const tracing = await startTracing(process.env, { service: workerService, version, warn: () => {} });
  const tracer = tracing?.tracer ?? null;
  const { handlers, inputSchemas } = await loadHandlers(file);
  const atWork = new Map<string, { readonly held: Held; readonly notes: NoteSender }>();
  const starting = new Map<number, PromiseWithResolvers<readonly StartedChild[]>>();
  let asked = 0;
  const startChildren = ({ leaseId }: Held, tasks: readonly NewChild[]): Promise<readonly StartedChild[]> => {
    const number = (asked += 1);
    const answer = Promise.withResolvers<readonly StartedChild[]>();
    starting.set(number, answer);
    send({ type: 'startChildren', leaseId, number, tasks });
    return answer.promise.finally(() => starting.delete(number));
  };

  const run = async (task: TakenJob, workerId: string): Promise<void> => {
    const held = new Held(task, performance.now(), Number.POSITIVE_INFINITY, startChildren, workerId);
    const notes = new NoteSender(held, (reports) => send({ type: 'notes', leaseId: task.leaseId, reports }));
    atWork.set(task.leaseId, { held, notes });
    const handler = (Object.hasOwn(handlers, task.type) ? handlers[task.type] : undefined) ?? missing;
    const context = contextOf(held, () => notes.wake(), capture);
    const attempted = await inSpan(tracer, held, () => attempt(held, handler, context));
    const { report, bytes, failure = null } = attempted;
    held.end(report);
    await notes.sendRest();
    atWork.delete(task.leaseId);
    send({ type: 'ended', leaseId: task.leaseId, report, bytes, failure });
  };

  return {
    ready: { types: Object.keys(handlers), inputSchemas } satisfies HandlersReady,
    onMessage: (message) => {
      if (message.type === 'run') void run(message.task, message.workerId);
      else if (message.type === 'noted') atWork.get(message.leaseId)?.notes.noted();
      else if (message.type === 'children') starting.get(message.number)?.resolve(message.started);
      else if (message.type === 'childrenFailed') {
        const { name, message: words } = message;
        starting.get(message.number)?.reject(Object.assign(new Error(words), { name }));
      }
      else if (message.type === 'stepped') {
        const { leaseId, name, refusal } = message;
        atWork.get(leaseId)?.held.notes.stepHeard(name, refusal && Object.assign(new Error(refusal.message), {
          name: refusal.name,
        }));
      }
      else atWork.get(message.leaseId)?.held.abort(stopReason(message.name, message.message));
    },
    stop: async () => {
      for (const { held } of atWork.values()) held.abort(new ShutdownError('The server stops.'));
      await tracing?.stop(lastSpansMs);
    },
  };
});

/** Of the second that it has to stop in. */
const lastSpansMs = 700;

/** So many lines a second: an error in a timer comes again and again. */
function atMost(lines: number, log: WorkerLogger['error']): WorkerLogger['error'] {
  let left = lines;
  setInterval(() => (left = lines), 1_000).unref();
  return (message, fields) => {
    if (left-- > 0) log(message, fields);
  };
}

/** What ends the process ends everything in it: a handler that wants to has failed, alone. */
function exitsAreErrors(): void {
  process.exit = ((code?: number | string | null) => {
    throw new Error(`process.exit(${code ?? process.exitCode ?? 0}) was called: a handler may not end its process`);
  }) as typeof process.exit;
}

function missing({ type }: { readonly type: string }): never {
  throw new Error(`The handlers module no longer has a handler for ${type}.`);
}
