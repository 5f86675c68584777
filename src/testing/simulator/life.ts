import type { RequestContext } from '../../application/request.ts';
import type { Server } from './server.ts';

/** One server, from its start to its death. A dead server never answers. */
export interface Life {
  /** Of this life alone. */
  readonly name: string;
  readonly server: Server;
  dead: boolean;
}

export const operator: RequestContext = {
  caller: { userId: 'ada', roles: ['user', 'operator'] }, correlationId: 'request', traceparent: null,
};
