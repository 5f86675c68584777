import type { ClientOptions } from '../../client/index.ts';
import { createRuns, type Runs } from '../../kinds/task/typed/runs.ts';
import { createClient as createRouteClient, type Client as RouteClient } from './client.ts';

/** A method for each route, and those that run typed tasks. */
export interface Client extends RouteClient, Runs {}

/** Throws TypeError when `server` is no http or https URL. */
export function createClient(options: ClientOptions): Client {
  const client = createRouteClient(options);
  return { ...client, ...createRuns(client) };
}
