import type { OpenApiDocument } from '../../contract/openapi/document.ts';
import { errorCodes, errorPath, errorTraits, type ErrorCode } from '../../contract/errors.ts';
import { codeBlock } from './code-block.ts';
import { coloredJson, preparation } from './code.ts';
import { brand, documentPage } from './document.ts';
import { html, paragraphs, prose, type Html } from './html.ts';
import { methodBadge, operations, operationSection, type Placed } from './operation.ts';
import type { Page } from './policy.ts';
import { apiScript } from './script.ts';
import { style } from './style.ts';

/**
 * One page of the whole document: nothing is fetched, and it reads well without its script.
 *
 * @param guides where the guides are, relative to `/docs`; null where they are not
 */
export function docsPage(document: OpenApiDocument, guides: string | null): Promise<Page> {
  const { info } = document;
  const placed = operations(document);
  const groups = document.tags.map((tag) => ({
    ...tag,
    id: `tag-${tag.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    placed: placed.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  const navigation = groups.map(
    (group) => html`<li><a class="group" href="#${group.id}">${group.name}</a>
<ul>${group.placed.map(navigationEntry)}</ul></li>`,
  );
  const sections = groups.map(
    (group) => html`<div class="group">
<header id="${group.id}"><h2>${group.name}</h2><p>${prose(group.description)}</p></header>
${group.placed.map((one) => operationSection(document, one))}</div>`,
  );
  const body = html`<nav aria-label="Routes">
${brand('#top', info.title, `API ${info.version}`)}
<input id="find" type="search" placeholder="Find a route" aria-label="Find a route" autocomplete="off">
<details id="menu" open><summary>Routes</summary><ul class="tree">
<li><a class="group" href="#top">Basics</a><ul>
<li><a href="#authentication"><span>Authentication</span></a></li>
<li><a href="#errors"><span>Errors</span></a></li>
${guides === null ? '' : html`<li><a href="${guides}"><span>Guides</span></a></li>`}</ul></li>
${navigation}</ul></details>
</nav>
<main id="top">
${basics(document)}
${sections}
<footer>Made from <a href="openapi.json">openapi.json</a>, this server’s OpenAPI ${document.openapi} document.</footer>
</main>`;
  return documentPage({ title: `${info.title} API`, style, script: apiScript, body });
}

function navigationEntry({ method, path, operation: { operationId, summary } }: Placed): Html {
  return html`<li data-find="${`${summary} ${path} ${method}`.toLowerCase()}">
<a href="#${operationId}">${methodBadge(method)}<span>${summary}</span></a></li>`;
}

function basics(document: OpenApiDocument): Html {
  const { info, servers } = document;
  return html`<div class="intro">
<div class="text">
<h1>${info.title} API</h1>
<p class="lead">${info.summary}</p>
<p class="server">Served at <code>${servers[0]?.url ?? ''}</code>,
described by <a href="openapi.json">openapi.json</a>.</p>
${paragraphs(info.description)}
</div>
<div class="code">
${codeBlock('Every answer', coloredJson(exampleAnswer))}
${codeBlock('Every refusal', coloredJson(exampleRefusal))}
</div>
</div>
<div class="intro" id="authentication">
<div class="text"><h2>Authentication</h2>
<p>Routes marked <span class="auth">user token</span> take <code>Authorization: Bearer &lt;token&gt;</code>:
a JWT signed with the server’s secret (HS256, the user in <code>sub</code>, roles in <code>roles</code>), or an
API key that starts with <code>wb_</code>. What belongs to somebody else answers 404, as if it did not exist.</p>
<p>Routes marked <span class="auth">operator token</span> or <span class="auth">admin token</span> need that role.
Those marked <span class="auth">worker secret</span> take the header <code>x-gpu-callback-secret</code>.</p></div>
<div class="code">${codeBlock('Once, before pasting the commands below', html`${preparation(document)}`)}</div>
</div>
<div class="intro" id="errors">
<div class="text wide"><h2>Errors</h2>
<p>Where waiting helps, the answer says for how long: <code>Retry-After</code>, in seconds.</p>
<table class="codes"><tbody>${errorCodes.map(errorRow)}</tbody></table></div>
</div>`;
}

const exampleAnswer = { success: true, data: { jobId: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41', status: 'queued' } };

const exampleRefusal = {
  success: false,
  error: {
    code: 'invalid_request',
    message: 'The request is not valid: itemCount must be at most 200.',
    details: { fields: { itemCount: 'must be at most 200' } },
  },
};

function errorRow(code: ErrorCode): Html {
  const { http, description, retryable } = errorTraits[code];
  return html`<tr id="error-${code}"><td><span class="status">${http}</span></td>
<th scope="row"><a href="${errorPath(code).slice(1)}"><code>${code}</code></a></th>
<td>${prose(description)}${retryable ? html` <span class="again">try again later</span>` : ''}</td></tr>`;
}
