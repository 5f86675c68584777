import { createClientOf, type ClientOf, type ClientOptions } from '../../client/index.ts';
import type { RouteAnswer } from '../../contract/route.ts';
import type { RouteName, Routes } from '../routes.ts';
import { routeIndex } from './generated/routes.ts';

export type Answer<N extends RouteName> = RouteAnswer<Routes[N]>;

/** The client of all routes that a Waybill server has. */
export interface Client extends ClientOf<Routes> {}

/** Throws TypeError when `server` is no http or https URL. */
export function createClient(options: ClientOptions): Client {
  return createClientOf<Routes>(routeIndex, options);
}
