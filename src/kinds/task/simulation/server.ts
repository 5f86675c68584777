import type { Server } from '../../../testing/simulator/server.ts';
import type { TaskApplication } from '../application/application.ts';
import { task } from '../domain/kind.ts';

/** What a simulated server does with tasks. */
export function tasksAt({ kinds }: Server): TaskApplication {
  return kinds[task.name] as TaskApplication;
}
