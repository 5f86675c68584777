import { commandServices } from '../../kinds/command/grpc/services.ts';
import type { Clock } from '../../ports/world.ts';
import type { MountedRpc } from '../../transports/grpc/rpc.ts';
import type { Platform } from './platform.ts';

/**
 * The services of gRPC, beside that of agents.
 *
 * @throws {TypeError} when the store has no feed of events: those of this server have
 */
export function servicesOf({ application, kinds, scheduleRoutes }: Platform, clock: Clock): readonly MountedRpc[] {
  const { jobs, logs, schedules, events } = application;
  if (events === undefined) throw new TypeError('services of gRPC need the feed of events');
  return commandServices({
    application: kinds.command, jobs, logs, schedules, events, scheduleRoutes, now: () => clock.now(),
  });
}
