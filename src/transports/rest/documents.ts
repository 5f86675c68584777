import type { Hono } from 'hono';
import type { OpenApiDocument } from '../../contract/openapi/document.ts';
import { openApiDocument } from '../../contract/openapi/openapi.ts';
import { errorCodes, errorPath } from '../../contract/errors.ts';
import { answer, responseOf } from './answer.ts';
import type { RestContext, RestEnv } from './exchange.ts';
import { errorPage } from '../documentation/error-page.ts';
import { homePage } from '../documentation/home.ts';
import { docsPage } from '../documentation/api-page.ts';
import type { Page } from '../documentation/policy.ts';

/**
 * A page for every error code, `/openapi.json` and `/docs` made from it, and `/` where no console is: each when it is
 * first asked for.
 */
export function addDocuments(
  app: Hono<RestEnv>,
  options: Parameters<typeof openApiDocument>[0],
  { withHome, hasGuides }: { readonly withHome: boolean; readonly hasGuides: boolean },
): void {
  let document: OpenApiDocument | null = null;
  let json: string | null = null;
  const ours = (): OpenApiDocument => (document ??= openApiDocument(options));
  app.get('/openapi.json', (c) => {
    json ??= JSON.stringify(ours());
    return fresh(c, '/openapi.json', 'application/json', json);
  });
  addPage(app, '/docs', () => docsPage(ours(), hasGuides ? 'docs/guides' : null));
  if (withHome) addPage(app, '/', () => homePage(options.version));
  for (const code of errorCodes) addPage(app, errorPath(code), () => errorPage(code));
}

function addPage(app: Hono<RestEnv>, path: string, make: () => Promise<Page>): void {
  let page: Promise<Page> | null = null;
  app.get(path, async (c) => {
    const { html, policy } = await (page ??= make());
    c.get('exchange').headers['content-security-policy'] = policy;
    return fresh(c, path, 'text/html; charset=utf-8', html);
  });
}

/** May be kept, but asked for again each time: a new version of the server has new documents. */
function fresh(c: RestContext, route: string, type: string, body: string): Response {
  const exchange = c.get('exchange');
  exchange.route = route;
  exchange.headers['cache-control'] = 'no-cache';
  return responseOf(answer(exchange, 200, type, body));
}
