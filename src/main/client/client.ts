import { createClientOf, watch, type ClientOf, type ClientOptions, type WatchOptions } from '../../client/index.ts';
import type { RouteAnswer } from '../../contract/route.ts';
import type { RouteName, Routes } from '../routes.ts';
import { routeIndex } from './generated/routes.ts';

export type Answer<N extends RouteName> = RouteAnswer<Routes[N]>;

/** The client of all routes that a Waybill server has. */
export interface Client extends ClientOf<Routes> {
  /** The job whenever its status or progress has changed, until it has ended. Leaving it does nothing to the job. */
  watch(jobId: string, options?: WatchOptions): AsyncGenerator<Answer<'getJob'>, void, undefined>;
}

/** Throws TypeError when `server` is no http or https URL. */
export function createClient(options: ClientOptions): Client {
  const client = createClientOf<Routes>(routeIndex, options);
  return {
    ...client,
    watch: (jobId, watchOptions) =>
      watch(
        (signal) => client.getJob({ params: { id: jobId } }, signal === undefined ? {} : { signal }),
        watchOptions,
      ),
  };
}
