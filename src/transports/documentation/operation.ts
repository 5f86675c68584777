import type { MediaType, OpenApiDocument, Operation, Response } from '../../contract/openapi/document.ts';
import { codeBlock } from './code-block.ts';
import { coloredJson, curl } from './code.ts';
import { fieldTable, parameterRow } from './fields.ts';
import { html, paragraphs, prose, type Html } from './html.ts';

/** An operation with where it is. */
export interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

export function operations(document: OpenApiDocument): readonly Placed[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

export function methodBadge(method: string): Html {
  return html`<span class="method ${method}">${method.toUpperCase()}</span>`;
}

export function operationSection(document: OpenApiDocument, { path, method, operation }: Placed): Html {
  const { operationId, summary, description = '' } = operation;
  const answer = successOf(document, operation);
  const server = document.servers[0]?.url ?? '';
  return html`<section class="op" id="${operationId}">
<div class="text">
<h3><a href="#${operationId}">${summary}</a></h3>
<p class="path">${methodBadge(method)}<code>${pathHtml(path)}</code>${authBadge(operation)}</p>
${description === '' ? '' : paragraphs(description)}
${parameters(document, operation)}
${requestBody(document, operation)}
${answerFields(document, answer)}
${failures(document, operation)}
</div>
<div class="code">
${codeBlock('Request', html`${curl(server, path, method, operation)}`)}
${answer.example === undefined ? '' : codeBlock(answerTitle(answer), coloredJson(answer.example))}
</div>
</section>`;
}

function pathHtml(path: string): Html {
  return html`${path.split(/(\{[^}]*\})/).map((part) => (part.startsWith('{') ? html`<var>${part}</var>` : part))}`;
}

function authBadge({ security }: Operation): Html {
  const [scheme] = security;
  if (scheme === undefined) return html`<span class="auth open">no token needed</span>`;
  if ('workerSecret' in scheme) return html`<span class="auth">worker secret</span>`;
  if ('signature' in scheme) return html`<span class="auth">signature</span>`;
  const [role] = scheme['bearer'] ?? [];
  return html`<span class="auth">${role === undefined ? 'user token' : `${role} token`}</span>`;
}

function parameters({ components }: OpenApiDocument, { parameters: all = [] }: Operation): Html {
  const places = [
    ['path', 'In the path'],
    ['query', 'In the query'],
    ['header', 'Headers'],
  ] as const;
  return html`${places.map(([place, title]) => {
    const ofPlace = all.filter((parameter) => parameter.in === place);
    if (ofPlace.length === 0) return '';
    const rows = ofPlace.map(({ name, required, schema, description }) => {
      const described = description === undefined ? schema : { ...schema, description };
      return parameterRow(name, required && place !== 'path', described, components.schemas);
    });
    return html`<h4>${title}</h4><table class="fields"><tbody>${rows}</tbody></table>`;
  })}`;
}

function requestBody({ components }: OpenApiDocument, { requestBody: body }: Operation): Html | null {
  if (body === undefined) return null;
  const json = body.content['application/json'];
  if (json === undefined) return html`<h4>Body</h4><p>A file: ${Object.keys(body.content).join(', ')}</p>`;
  const fields = fieldTable(json.schema, components.schemas, 'sent');
  return html`<h4>Body${body.required ? '' : html` <span class="hint">may be left out</span>`}</h4>${fields}`;
}

interface Answer {
  readonly status: string;
  readonly media: MediaType | undefined;
  /** What the media is of: the whole answer, the data of each event of a stream, or each line of a file. */
  readonly shape: 'answer' | 'event' | 'line';
  readonly example: unknown;
}

function successOf(document: OpenApiDocument, { responses }: Operation): Answer {
  const [status = '200', response] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
  const content = response === undefined ? undefined : resolved(document, response).content;
  const events = content?.['text/event-stream'];
  const json = content?.['application/json'];
  const isLines = content?.['application/x-ndjson'] !== undefined;
  const shape = events !== undefined ? 'event' : isLines ? 'line' : 'answer';
  const media = events ?? json ?? Object.values(content ?? {})[0];
  return { status, media, shape, example: media?.example };
}

function answerTitle({ shape, status }: Answer): string {
  return { event: 'Data of an event', line: 'A line of the file', answer: `Answer ${status}` }[shape];
}

function answerFields({ components }: OpenApiDocument, { media, shape }: Answer): Html | null {
  const data = shape === 'answer' ? media?.schema.properties?.['data'] : media?.schema;
  const fields = data === undefined ? null : fieldTable(data, components.schemas, 'answered');
  if (fields === null) return null;
  if (shape === 'line') return html`<h4>Each line</h4>${fields}`;
  const title = shape === 'event' ? 'Each event' : 'Answer';
  return html`<h4>${title} <span class="hint">in <code>data</code></span></h4>${fields}`;
}

function resolved({ components }: OpenApiDocument, response: Operation['responses'][string]): Response {
  if (!('$ref' in response)) return response;
  const found = components.responses[response.$ref.replace('#/components/responses/', '')];
  if (found === undefined) throw new Error(`The document has no ${response.$ref}.`);
  return found;
}

/** Those that every route has in the same way are said once, at the top of the page. */
const everywhere: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'internal', 'unavailable']);

function failures(document: OpenApiDocument, { responses }: Operation): Html | null {
  const rows = Object.entries(responses)
    .filter(([status]) => !status.startsWith('2'))
    .flatMap(([status, response]) => {
      const { description, content } = resolved(document, response);
      const texts = description.split('\n\n').map((text) => text.replace(/^`[^`]*`: /, ''));
      const codes = Object.keys(content?.['application/json']?.examples ?? {});
      return codes.map((code, at) => ({ status, code, text: texts[at] ?? '' }));
    })
    .filter(({ code }) => !everywhere.has(code));
  if (rows.length === 0) return null;
  const entries = rows.map(
    ({ status, code, text }) => html`<li><span class="status">${status}</span>
<a href="#error-${code}"><code>${code}</code></a> <span>${prose(text)}</span></li>`,
  );
  return html`<h4>Errors</h4><ul class="errors">${entries}</ul>`;
}
