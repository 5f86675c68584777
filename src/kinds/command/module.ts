import { WakeUp } from '../../application/wake-up.ts';
import { farthestStartMs } from '../../domain/job/start.ts';
import type { FleetParts } from '../../ports/fleet.ts';
import { createLoop, type Service } from '../../services/service.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';
import {
  commandLogs, createCommandApplication, createCommandDependencies, type CommandApplication,
} from './application/application.ts';
import type { CommandDependencies } from './application/dependencies.ts';
import { commandRetries } from './application/inputs.ts';
import { createCommandObjects, discardArtifacts, sweepUploads } from './application/objects.ts';
import { createSagas } from './application/sagas.ts';
import { Scheduler } from './application/scheduler.ts';
import { refreshProviders, removeAbandoned, workerEnded, WorkerSweeper } from './application/services.ts';
import { WarmPools } from './application/warm-pool.ts';
import { terminateWorker } from './application/workers.ts';
import { largeCommandFields } from './contract/command-fields.ts';
import { commandJobSummary, commandJobView } from './contract/command-view.ts';
import { commandRoutes } from './contract/commands.ts';
import { fleetRoutes } from './contract/fleet.ts';
import { providerRoutes } from './contract/providers.ts';
import { commandLimits } from './contract/new-command.ts';
import { scheduledCommands } from './contract/scheduled.ts';
import { secretRoutes } from './contract/secrets.ts';
import { discardTopic, type DiscardedArtifacts } from './domain/discard.ts';
import { command } from './domain/kind.ts';
import { commandQuotas } from './domain/quotas.ts';
import type { CommandJob } from './domain/types.ts';
import { terminateTopic } from './domain/worker/decide.ts';
import { worker } from './domain/worker/kind.ts';
import { commandHandlers } from './rest/commands.ts';
import { fleetHandlers } from './rest/fleet.ts';
import { providerHandlers } from './rest/providers.ts';
import { secretHandlers } from './rest/secrets.ts';
import { submitScheduled } from './rest/submission.ts';

/** A server without providers keeps its command jobs waiting. */
const nothing = (): FleetParts => ({
  providerTypes: [],
  agentServers: () => '',
  agentTlsCa: null,
  key: crypto.getRandomValues(new Uint8Array(32)),
  settings: {
    registerWithinMs: 60_000, leaseMs: 60_000, heartbeatMs: 10_000, sweepMs: 15_000, defaultTimeoutMs: 3_600_000,
    maxTimeoutMs: 86_400_000, uploadStallMs: 300_000, uploadWithinMs: 86_400_000, keepWorkersMs: 604_800_000,
    workerLifetimeMs: 90_000_000,
  },
});

export const commandModule: KindModule<CommandApplication> = {
  kind: command,
  internal: [worker],
  summary: (job, fields) => commandJobSummary(job as CommandJob, fields),
  payloadFields: largeCommandFields,
  scheduled: scheduledCommands,
  quotas: commandQuotas,
  tags: {
    Commands: 'Commands that run in containers, pods or processes made for them.',
    Providers: 'What starts and ends the workers that commands run in.',
    Secrets: 'Values that commands are given and nobody is shown.',
  },
  create(base, wakeUp = () => new WakeUp()) {
    const deps = createCommandDependencies(base, base.fleet ?? nothing());
    const application = createCommandApplication(deps);
    const poolWakeUp = wakeUp();
    return {
      application,
      submitScheduled: submitScheduled(application.commands, deps.users),
      view: async (job) => commandJobView(job as CommandJob),
      ...commandRetries,
      objects: createCommandObjects(deps),
      logs: commandLogs,
      sagas: createSagas(deps),
      keepInternalMs: deps.fleet.settings.keepWorkersMs,
      longestDeadlineMs: farthestStartMs + commandLimits.startWithinMs,
      deliverers: {
        [terminateTopic]: async (messages) => {
          await Promise.all(messages.map(async ({ jobId }) => {
            await terminateWorker(deps, jobId, 'It is to end.');
            deps.signals.ready.ofKind(command.name).notify();
            poolWakeUp.notify();
          }));
        },
        [discardTopic]: async (messages) => {
          await Promise.all(messages.map(({ jobId, payload }) => (
            discardArtifacts(deps, jobId, payload as DiscardedArtifacts)
          )));
        },
      },
      services: servicesOf(deps, poolWakeUp, wakeUp),
    };
  },
  mount: ({ commands, providers, fleet, secrets }) => [
    ...(commands && fleet ? [mounted(commandRoutes, commandHandlers(commands, fleet))] : []),
    ...(fleet && providers ? [mounted(fleetRoutes, fleetHandlers(fleet, providers))] : []),
    ...(providers ? [mounted(providerRoutes, providerHandlers(providers))] : []),
    ...(secrets ? [mounted(secretRoutes, secretHandlers(secrets))] : []),
  ],
};

/** `poolWakeUp`: places may have become free. */
function servicesOf(deps: CommandDependencies, poolWakeUp: WakeUp, wakeUp: () => WakeUp): readonly Service[] {
  const pools = new WarmPools(deps);
  const sweeper = new WorkerSweeper(deps);
  const scheduler = new Scheduler(deps, () => poolWakeUp.notify());
  const logger = deps.logger;
  const loop = (name: string, round: (signal: AbortSignal) => Promise<number>, waits = wakeUp()): Service =>
    createLoop({ name, logger, wakeUp: waits, round });
  deps.providers.onChanged = () => {
    deps.signals.ready.ofKind(command.name).notify();
    poolWakeUp.notify();
  };
  deps.providers.onWorkerEnded = (workerId, status) => {
    workerEnded(deps, workerId, status).catch((error: unknown) => {
      logger.warn('the end of a worker cannot be stored', { workerId, error: String(error) });
    });
  };
  const refresher = loop('providers', () => refreshProviders(deps));
  return [
    {
      ...refresher,
      stop: async () => {
        await refresher.stop();
        await deps.providers.close();
      },
    },
    loop('command-scheduler', () => scheduler.round(), scheduler.wakeUp),
    loop('warm-pools', () => pools.round(), poolWakeUp),
    loop('worker-sweeper', (signal) => sweeper.round(signal)),
    loop('abandoned-workers', (signal) => removeAbandoned(deps, signal)),
    loop('command-uploads', (signal) => sweepUploads(deps, signal)),
  ];
}
