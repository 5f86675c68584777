import { Html, html } from './html.ts';
import { icon } from './icon.ts';
import { pagePolicy, type Page } from './policy.ts';

const style = `
:root { color-scheme: light dark; }
body {
  margin: 12vh auto 0; max-width: 36rem; padding: 0 1.25rem; color: light-dark(#1c2330, #e4e6eb);
  background: light-dark(#fcfbf9, #14161b); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { display: flex; align-items: center; gap: .6rem; margin: 0; font-size: 1.6rem; }
h1 small { color: light-dark(#5c6473, #9aa2b1); font-size: .9rem; font-weight: 400; }
a { color: light-dark(#b23c0a, #ff9a5c); }
dt { margin-top: .8rem; font-weight: 600; }
dd { margin: 0; }
`;

/** What stands at `/`, for whoever opens the address that the server printed. */
export async function homePage(version: string): Promise<Page> {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Waybill</title>
<link rel="icon" href="${icon}">
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1><img src="${icon}" alt="" width="32" height="32"> Waybill <small>${version}</small></h1>
<p>This is the API of a job platform: at-least-once execution, exactly-once recording, exactly-once charging.</p>
<dl>
<dt><a href="/docs">Documentation of the API</a></dt><dd>Every route, with requests to paste into a terminal.</dd>
<dt><a href="/openapi.json">OpenAPI document</a></dt><dd>The same for programs.</dd>
<dt><a href="/api/health">Health</a></dt><dd>Whether the server and its parts are up.</dd>
</dl>
</main>
</body>
</html>`;
  return { html: page.text, policy: await pagePolicy({ style }) };
}
