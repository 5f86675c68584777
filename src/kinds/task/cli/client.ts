import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { requestRoutes } from '../contract/requests.ts';
import type { getTask, taskRoutes } from '../contract/tasks.ts';
import type { workTypeRoutes } from '../contract/work-types.ts';

/** The routes that the commands about tasks use. */
export type TaskRoutes = CoreRoutes & typeof taskRoutes & typeof workTypeRoutes & typeof requestRoutes;
export type TaskView = RouteAnswer<typeof getTask>;
