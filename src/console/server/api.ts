import type { ClientOf } from '../../client/index.ts';
import type { CoreRoutes } from '../../contract/core-routes.ts';
import type { RouteTable } from '../../contract/route.ts';

let connected: ClientOf<CoreRoutes> | null = null;

/** Called once, before anything is shown. */
export function connect(client: ClientOf<CoreRoutes>): void {
  connected = client;
}

/** The client of the server that the console came from. It has every route: pages of a kind name the table they use. */
export function api<T extends RouteTable = CoreRoutes>(): ClientOf<T> {
  if (connected === null) throw new Error('connect() was not called');
  return connected as unknown as ClientOf<T>;
}
