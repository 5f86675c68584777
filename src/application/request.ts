import type { AuditNote } from './audit/note.ts';
import type { Caller, Credentials } from './caller.ts';

/** What a request contains apart from its body. */
export interface RequestContext {
  readonly caller: Caller;
  /** Absent where the server itself asks. */
  readonly credentials?: Credentials;
  /** Ties together what the request causes; 1 to 200 characters. */
  readonly correlationId: string;
  /** W3C traceparent, when it came with one that is well formed. */
  readonly traceparent: string | null;
  /** What is to be remembered of what the request changes; absent: nothing. */
  readonly audit?: AuditNote;
}
