import type { Logs } from '../../../application/logs/logs.ts';
import type { MountedRpc } from '../../../transports/grpc/rpc.ts';
import type { CommandApplication } from '../application/application.ts';
import { jobExecutionService, type JobServiceParts } from './job-service.ts';
import { logStreamService } from './log-service.ts';
import { metricsService } from './metrics-service.ts';
import { providerManagementService } from './provider-service.ts';
import { schedulerService, type SchedulerParts } from './scheduler-service.ts';

type Core = Omit<JobServiceParts, 'commands'> & Omit<SchedulerParts, 'fleet' | 'providers'>;

export interface CommandServiceParts extends Core {
  readonly application: Pick<CommandApplication, 'commands' | 'providers' | 'fleet'>;
  readonly logs: Logs;
}

/** What gRPC serves, beside agents. */
export function commandServices({ application, logs, ...core }: CommandServiceParts): readonly MountedRpc[] {
  const { commands, providers, fleet } = application;
  return [
    jobExecutionService({ ...core, commands }),
    schedulerService({ ...core, fleet, providers }),
    providerManagementService(providers),
    metricsService(fleet),
    logStreamService({ commands, logs }),
  ];
}
