import { html, type Html } from './html.ts';

/** Text to be copied, with what it is. */
export function codeBlock(title: string, content: Html): Html {
  return html`<figure>
<figcaption><span>${title}</span><button type="button" class="copy">Copy</button></figcaption>
<pre tabindex="0"><code>${content}</code></pre>
</figure>`;
}
