import type { Operation, OpenApiDocument } from '../../contract/openapi/document.ts';
import { Html, html } from './html.ts';

/** A piece of JSON text: k(ey), s(tring), n(umber and the like) or p(unctuation). */
interface Token {
  readonly sort: 'k' | 's' | 'n' | 'p';
  readonly text: string;
}

const lineWidth = 58;

/** JSON with colours, indented by two, short inner objects and lists on one line. */
export function coloredJson(value: unknown): Html {
  const paint = ({ sort, text }: Token) => (sort === 'p' ? text : html`<i class="${sort}">${text}</i>`);
  return html`${tokens(value, '').map(paint)}`;
}

function plainJson(value: unknown, indent: string): string {
  return tokens(value, indent).map(({ text }) => text).join('');
}

function tokens(value: unknown, indent: string, isOuter = true): Token[] {
  if (typeof value === 'string') return [{ sort: 's', text: JSON.stringify(value) }];
  if (typeof value !== 'object' || value === null) return [{ sort: 'n', text: JSON.stringify(value) }];
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const entries = Object.entries(value);
  if (entries.length === 0) return [{ sort: 'p', text: open + close }];
  const isShort = indent.length + JSON.stringify(value).length + 2 * entries.length <= lineWidth;
  const isFlat = isShort && !(isOuter && entries.some(([, entry]) => typeof entry === 'object' && entry !== null));
  const inner = `${indent}  `;
  const out: Token[] = [{ sort: 'p', text: open }];
  for (const [at, [name, entry]] of entries.entries()) {
    out.push({ sort: 'p', text: isFlat ? (at === 0 ? '' : ' ') : `\n${inner}` });
    if (!Array.isArray(value)) out.push({ sort: 'k', text: JSON.stringify(name) }, { sort: 'p', text: ': ' });
    out.push(...tokens(entry, inner, false), { sort: 'p', text: at < entries.length - 1 ? ',' : '' });
  }
  out.push({ sort: 'p', text: isFlat ? close : `\n${indent}${close}` });
  return out;
}

/** A command to paste: it needs $TOKEN, or $WORKER_SECRET, and nothing else. */
export function curl(server: string, path: string, method: string, operation: Operation): string {
  const parameters = operation.parameters ?? [];
  let url = server + path;
  const query: string[] = [];
  const lines: string[] = [];
  for (const { name, in: place, example } of parameters) {
    if (example === undefined) continue;
    const value = encodeURIComponent(String(example));
    if (place === 'path') url = url.replace(`{${name}}`, value);
    if (place === 'query') query.push(`${name}=${value}`);
    if (place === 'header') lines.push(`-H ${single(`${name}: ${String(example)}`)}`);
  }
  if (query.length > 0) url += `?${query.join('&')}`;
  const schemes = operation.security.flatMap((scheme) => Object.keys(scheme));
  if (schemes.includes('bearer')) lines.unshift('-H "Authorization: Bearer $TOKEN"');
  if (schemes.includes('workerSecret')) lines.unshift('-H "x-gpu-callback-secret: $WORKER_SECRET"');
  const content = operation.requestBody?.content ?? {};
  const body = content['application/json']?.example;
  const [fileType] = Object.keys(content).filter((type) => type !== 'application/json');
  if (fileType !== undefined) lines.push(`-H 'Content-Type: ${fileType}'`, '--data-binary @FILE');
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${single(plainJson(body, '  '))}`);
  }
  const sends = body !== undefined || fileType !== undefined;
  const verb = method === 'get' || (method === 'post' && sends) ? '' : `-X ${method.toUpperCase()} `;
  return [`curl ${verb}${/[?&]/.test(url) ? single(url) : url}`, ...lines].join(' \\\n  ');
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What to set once before pasting the commands. */
export function preparation({ components }: OpenApiDocument): string {
  const lines = ['# a JWT, an API key, or in development any user id', 'export TOKEN=mira'];
  if ('workerSecret' in components.securitySchemes) {
    lines.push('', '# only for the worker routes', 'export WORKER_SECRET=…');
  }
  return lines.join('\n');
}
