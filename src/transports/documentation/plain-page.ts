import { documentPage } from './document.ts';
import { html, type Html } from './html.ts';
import type { Page } from './policy.ts';

const style = `
:root { color-scheme: light dark; }
body {
  margin: 12vh auto 4rem; max-width: 38rem; padding: 0 1.25rem; color: light-dark(#1c2330, #e4e6eb);
  background: light-dark(#fcfbf9, #14161b); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { display: flex; align-items: center; gap: .6rem; margin: 0; font-size: 1.6rem; }
h1 small { color: light-dark(#5c6473, #9aa2b1); font-size: .9rem; font-weight: 400; }
h2 { margin: 1.6rem 0 0; font-size: 1.1rem; }
a { color: light-dark(#b23c0a, #ff9a5c); }
code { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
dt { margin-top: .8rem; font-weight: 600; }
dd { margin: 0; }
ul { margin: .4rem 0 0; padding-left: 1.2rem; }
li { margin-top: .4rem; }
.facts { color: light-dark(#5c6473, #9aa2b1); font-size: .9rem; }
`;

/** A page of text alone: nothing is fetched, and nothing runs. */
export function plainPage(title: string, content: Html): Promise<Page> {
  return documentPage({ title, style, body: html`<main>
${content}
</main>` });
}
