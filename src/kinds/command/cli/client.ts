import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { commandRoutes } from '../contract/commands.ts';
import type { CommandJobView } from '../contract/command-view.ts';
import type { fleetRoutes } from '../contract/fleet.ts';
import type { getProvider, providerRoutes } from '../contract/providers.ts';
import type { secretRoutes } from '../contract/secrets.ts';

/** The routes that the commands about command jobs use. */
export type CommandRoutes = CoreRoutes & typeof commandRoutes & typeof fleetRoutes & typeof providerRoutes &
  typeof secretRoutes;
export type CommandView = CommandJobView;
export type ProviderView = RouteAnswer<typeof getProvider>;
