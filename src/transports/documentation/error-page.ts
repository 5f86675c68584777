import { errorPages } from '../../contract/error-pages.ts';
import { errorTraits, type ErrorCode } from '../../contract/errors.ts';
import { html, prose, type Html } from './html.ts';
import { icon } from './icon.ts';
import { plainPage } from './plain-page.ts';
import type { Page } from './policy.ts';

/** What an error code means, why it is answered, and what to do about it. */
export function errorPage(code: ErrorCode): Promise<Page> {
  const { http, grpc, exit, retryable, description } = errorTraits[code];
  const { causes, cures } = errorPages[code];
  const later = retryable ? 'the same request may succeed later' : 'the same request will not succeed later';
  return plainPage(
    `${code}: Waybill`,
    html`<h1><img src="${icon}" alt="" width="32" height="32"> <code>${code}</code></h1>
<p>${prose(description)}</p>
<p class="facts">HTTP status ${http} · gRPC status ${grpc} · exit status ${exit} of the command line · ${later}</p>
<h2>Causes</h2>
<ul>${causes.map(entry)}</ul>
<h2>What to do</h2>
<ul>${cures.map(entry)}</ul>
<p><a href="../../docs#errors">All error codes</a> · <a href="../../docs">Documentation of the API</a></p>`,
  );
}

function entry(text: string): Html {
  return html`<li>${prose(text)}</li>`;
}
