import { html } from './html.ts';
import { icon } from './icon.ts';
import { plainPage } from './plain-page.ts';
import type { Page } from './policy.ts';

/** What stands at `/`, for whoever opens the address that the server printed. */
export function homePage(version: string): Promise<Page> {
  return plainPage(
    'Waybill',
    html`<h1><img src="${icon}" alt="" width="32" height="32"> Waybill <small>${version}</small></h1>
<p>This is the API of a job platform: at-least-once execution, exactly-once recording, exactly-once charging.</p>
<dl>
<dt><a href="docs">Documentation of the API</a></dt><dd>Every route, with requests to paste into a terminal.</dd>
<dt><a href="openapi.json">OpenAPI document</a></dt><dd>The same for programs.</dd>
<dt><a href="api/health">Health</a></dt><dd>Whether the server and its parts are up.</dd>
</dl>`,
  );
}
