import type { Hono } from 'hono';
import type { RouteTable } from '../../contract/route.ts';
import { answer, failure, type Answer } from './answer.ts';
import { preflightHeaders } from './cors.ts';
import type { RestContext, RestEnv } from './exchange.ts';

/** Routes that Waybill has on another runtime than this one. */
export interface RoutesElsewhere {
  /** Of all of Waybill. */
  readonly routes: RouteTable;
  /** The two runtimes: "There is no route /a on <here>; Waybill on <there> has it." */
  readonly here: string;
  readonly there: string;
}

/**
 * For what no route takes: 405 with `Allow` where the path has other methods, 404 where it has none, 501 where another
 * runtime has it, and OPTIONS, preflights included. Looks at the app's own list when it is first needed, so that it
 * knows the routes that were added last.
 */
export function unmatched(
  app: Hono<RestEnv>,
  cors: boolean,
  elsewhere: RoutesElsewhere | undefined,
): (c: RestContext) => Answer {
  let patterns: readonly { readonly method: string; readonly path: RegExp }[] | null = null;
  let patternsElsewhere: readonly RegExp[] | null = null;
  return (c) => {
    const exchange = c.get('exchange');
    patterns ??= app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => ({ method, path: patternOf(path) }));
    // Without its last slash already, as the routes were asked for it.
    const { path } = c.req;
    const methods = new Set(patterns.filter((pattern) => pattern.path.test(path)).map(({ method }) => method));
    if (methods.size === 0) {
      const shown = path.slice(0, 200).toWellFormed();
      patternsElsewhere ??= Object.values(elsewhere?.routes ?? {}).map((route) => patternOf(route.path));
      const isElsewhere = patternsElsewhere.some((pattern) => pattern.test(path));
      const where = elsewhere && isElsewhere ? ` on ${elsewhere.here}; Waybill on ${elsewhere.there} has it` : '';
      const message = `There is no route ${shown}${where}. See /docs for those there are.`;
      return failure(exchange, { code: 'not_found', message }, where === '' ? 404 : 501);
    }
    if (methods.has('GET')) methods.add('HEAD');
    const allow = [...methods, 'OPTIONS'].join(', ');
    exchange.headers['allow'] = allow;
    if (c.req.method === 'OPTIONS') {
      if (cors && exchange.headers['access-control-allow-origin'] !== undefined) {
        Object.assign(exchange.headers, preflightHeaders, { 'access-control-allow-methods': allow });
      }
      return answer(exchange, 204, '', null);
    }
    const message = `${c.req.method} is not a method of ${path.slice(0, 200)}: use ${allow}.`;
    return failure(exchange, { code: 'invalid_request', message }, 405);
  };
}

function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}
