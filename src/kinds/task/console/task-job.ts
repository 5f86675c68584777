import type { RouteAnswer } from '../../../contract/route.ts';
import type { taskRoutes } from '../contract/tasks.ts';

export type TaskJob = RouteAnswer<(typeof taskRoutes)['getTask']>;
