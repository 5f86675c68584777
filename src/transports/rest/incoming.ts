import type { Context } from 'hono';
import type { HeaderOf } from './auth/origin.ts';
import { bodyOf, type BodySource } from './body.ts';
import type { HostBindings, NodeBindings } from './node-bindings.ts';

/** A request as routes see it, whichever way it came in. */
export interface Incoming extends BodySource {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** What stands behind the `?`; empty where nothing does. */
  readonly search: string;
  readonly header: HeaderOf;
  /** Of the route's path, as they are written. */
  readonly params: Readonly<Record<string, string>>;
  readonly env: NodeBindings & HostBindings;
  /** Aborted when the client goes away. A function, because asking for it costs time. */
  readonly signal: () => AbortSignal;
}

export function incomingOf({ req, env }: Context): Incoming {
  const { raw } = req;
  const at = raw.url.indexOf('?');
  return {
    ...bodyOf(raw),
    method: req.method,
    path: req.path,
    search: at === -1 ? '' : raw.url.slice(at + 1).replace(/#.*$/, ''),
    header: (name) => req.header(name),
    params: req.param() as Record<string, string>,
    env: (env as Incoming['env'] | undefined) ?? {},
    signal: () => raw.signal,
  };
}
