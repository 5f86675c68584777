import type { RouteAnswer } from '../../../contract/route.ts';
import type { commandRoutes } from '../contract/commands.ts';

export type CommandJob = Omit<RouteAnswer<(typeof commandRoutes)['submitCommand']>, 'deduplicated'>;
