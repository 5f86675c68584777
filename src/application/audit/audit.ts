import { firstPlaceAt, timeOfId } from '../../domain/job/id.ts';
import { ok, type Result } from '../../domain/errors.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Ids } from '../../ports/world.ts';
import { requireRole, type Credentials } from '../caller.ts';
import type { RequestContext } from '../request.ts';
import type { WritePath } from '../write-path/write-path.ts';
import { AuditNote, auditTable, type AuditEntry } from './note.ts';

/** What administrators and operators changed, newest first. */
export interface Audit {
  /** Admin. */
  list(context: RequestContext, filter: AuditFilter): Promise<Result<AuditPage>>;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly before?: number;
  /** 1 to 999. */
  readonly limit: number;
  /** The id of the last entry of the page before. */
  readonly cursor?: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

/** For the transports. */
export interface AuditTrail {
  begin(by: AuditedCaller, what: Audited): AuditNote;
  /** To be called when the request has succeeded. */
  finish(note: AuditNote): Promise<void>;
}

export type AuditedCaller = Pick<RequestContext, 'caller'> & { readonly credentials?: Credentials | undefined };

export interface Audited {
  readonly action: string;
  readonly target: string;
  readonly address: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly onlyOfOthers: boolean;
}

export function createAudit({ store }: { readonly store: Pick<Store, 'records'> }): Audit {
  return {
    list: async ({ caller }, { limit, cursor, from = 0, before, ...where }) => {
      const denied = requireRole(caller, 'admin');
      if (denied !== null) return denied;
      const ends = [cursor, before === undefined ? undefined : firstPlaceAt(before)];
      const [end] = ends.filter((each) => each !== undefined).sort();
      const range = { from: firstPlaceAt(from), ...(end !== undefined && { before: end }) };
      const rows = await store.records.list(auditTable, {
        where, orderBy: ['id'], descending: true, range, limit: limit + 1,
      });
      const entries = rows.slice(0, limit);
      return ok({ entries, nextCursor: rows.length > limit ? (entries.at(-1)?.id ?? null) : null });
    },
  };
}

export function createAuditTrail({ writePath, ids }: {
  readonly writePath: Pick<WritePath, 'run'>;
  readonly ids: Ids;
}): AuditTrail {
  return {
    begin: (by, what) => beginNote(ids, by, what),
    finish: async (note) => {
      if (note.isDue) await storeEntry(writePath, note.entry);
    },
  };
}

export function beginNote(
  ids: Ids,
  { caller, credentials }: AuditedCaller,
  { onlyOfOthers, ...what }: Audited,
): AuditNote {
  const id = ids.uuid();
  // Lists go by the id, also where they are bounded by time.
  const entry = { id, at: timeOfId(id), actor: caller.userId, credential: nameOf(credentials), ...what };
  return new AuditNote(entry, { onlyOfOthers });
}

export async function storeEntry(writePath: Pick<WritePath, 'run'>, entry: AuditNote['entry']): Promise<void> {
  const { actor, id } = entry;
  await writePath.run({
    actor, correlationId: id, reads: [], decide: (draft) => ok(draft.putRecord(auditTable, entry)),
  });
}

function nameOf(credentials: Credentials | undefined): string {
  return credentials?.type === 'key' ? `key ${credentials.tokenId}` : (credentials?.type ?? 'none');
}
