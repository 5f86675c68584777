import { Html, html } from './html.ts';
import { icon } from './icon.ts';
import { pagePolicy, type Page } from './policy.ts';

/** A whole page: nothing is fetched, and nothing runs but its own script. */
export async function documentPage({ title, style, script, isGuide = false, body }: {
  readonly title: string;
  readonly style: string;
  readonly script?: string;
  /** Whether it has pictures and a search of the server beside. */
  readonly isGuide?: boolean;
  readonly body: Html;
}): Promise<Page> {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${icon}">
<style>${new Html(style)}</style>
</head>
<body>
${body}
${script !== undefined && html`<script>${new Html(script)}</script>
`}</body>
</html>`;
  return { html: page.text, policy: await pagePolicy({ style, isGuide, ...(script !== undefined && { script }) }) };
}

/** What stands over the navigation of a page: where it begins, and light or dark. */
export function brand(start: string, name: string, version: string): Html {
  return html`<div class="brand">
<a href="${start}"><img src="${icon}" alt="" width="28" height="28"> ${name} <small>${version}</small></a>
<button type="button" id="theme" aria-label="Switch between light and dark" title="Light or dark">◐</button></div>`;
}
