import type { AuditedCaller, AuditTrail } from '../../application/audit/audit.ts';
import type { AuditNote } from '../../application/audit/note.ts';

/** What the audit keeps of the requests of a route, and of the calls that do the same. */
export interface AuditRule {
  /** What people change of their own is not kept. */
  readonly onlyOfOthers: boolean;
  /** Fields of the body whose values are kept; of all others the names are. */
  readonly shows: readonly string[];
}

export interface AuditOptions {
  readonly trail: AuditTrail;
  /** By the names of routes. */
  readonly rules: Readonly<Record<string, AuditRule | undefined>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Of the values of one entry, as JSON; of more, the names are kept alone. */
const mostDetail = 2_000;
const longestTarget = 200;

/** What is to be remembered of a request; null: nothing. */
export function auditNoteOf(
  { trail, rules }: AuditOptions,
  { name }: { readonly name: string },
  by: AuditedCaller,
  request: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown },
  address: () => string | null,
): AuditNote | null {
  const rule = rules[name];
  if (rule === undefined) return null;
  const [params, query, body] = [request.params, request.query, request.body].map((part) => (part ?? {}) as Fields);
  const { userId, email, name: called, url } = body!;
  const named = [...Object.values(params!), userId, email, called, query!['userId'], url];
  const target = String(named.find((value) => typeof value === 'string') ?? '').slice(0, longestTarget);
  const { onlyOfOthers, shows } = rule;
  const details = detailsOf(body!, shows);
  return trail.begin(by, { action: name, target, address: address(), details, onlyOfOthers });
}

function detailsOf(body: Fields, shows: readonly string[]): Fields {
  const names = Object.keys(body).filter((name) => body[name] !== undefined);
  const shown = Object.fromEntries(names.filter((name) => shows.includes(name)).map((name) => [name, body[name]]));
  const isLong = JSON.stringify(shown).length > mostDetail;
  const rest = isLong ? names : names.filter((name) => !shows.includes(name));
  return { ...(isLong ? {} : shown), ...(rest.length > 0 && { fields: rest.slice(0, 50) }) };
}
