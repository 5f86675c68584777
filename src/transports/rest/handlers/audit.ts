import type { Audit } from '../../../application/audit/audit.ts';
import type { auditRoutes } from '../../../contract/audit.ts';
import { iso } from '../../../contract/times.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';

export function auditHandlers(audit: Audit): HandlersFor<typeof auditRoutes> {
  return {
    listAudit: ({ context, query }) =>
      answering(audit.list(context, query), ({ entries, nextCursor }) => ({
        entries: entries.map(({ id, at, actor, address, credential, action, target, details }) => ({
          id, at: iso(at), actor, address, credential, action, target, details,
        })),
        nextCursor,
      })),
  };
}
