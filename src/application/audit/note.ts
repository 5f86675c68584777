import { declareTable, type VersionedRow } from '../../ports/store/tables.ts';
import type { Draft } from '../write-path/draft.ts';

/** Who changed what, and from where. Never a secret. */
export interface AuditEntry extends VersionedRow {
  /** UUIDv7: sorts by time. */
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  /** Of the client; null: not known. */
  readonly address: string | null;
  /** What the actor proved itself by: `login`, `jwt`, `developer`, `key` and its id. */
  readonly credential: string;
  /** Name of the route. */
  readonly action: string;
  /** Id or name of what was changed. */
  readonly target: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export const auditTable = declareTable<AuditEntry>('audit_entries', {
  key: ['id'],
  columns: {
    id: 'text', at: 'bigint', actor: 'text', address: 'text', credential: 'text', action: 'text', target: 'text',
    details: 'json',
  },
});

export interface NoteOutcome {
  /** Whether the write path was told of it. */
  readonly seen: boolean;
  readonly ofOther: boolean;
}

/**
 * What is to be remembered of one request, if it changes something. The write path stores it in the commit of the
 * change; what is changed beside the write path is told to `AuditTrail.finish` afterwards.
 */
export class AuditNote {
  readonly entry: Omit<AuditEntry, 'version'>;
  readonly #onlyOfOthers: boolean;
  #ofOther = false;
  #seen = false;

  /** `onlyOfOthers`: what the actor changes of its own needs no entry. */
  constructor(entry: Omit<AuditEntry, 'version'>, { onlyOfOthers }: { readonly onlyOfOthers: boolean }) {
    this.entry = entry;
    this.#onlyOfOthers = onlyOfOthers;
  }

  /** Whose it is that was changed, where that is not a job or an account of a commit. */
  of(ownerId: string | null): void {
    this.#ofOther = ownerId !== this.entry.actor;
  }

  /** Called by the write path with every change of the request that it is about to store. */
  tell(draft: Draft): void {
    this.#seen = true;
    const owners = draft.changedOwners;
    if (owners === null) return;
    const isOther = (ownerId: string): boolean => ownerId !== this.entry.actor;
    if (this.#onlyOfOthers && !this.#ofOther && !owners.some(isOther)) return;
    draft.putRecord(auditTable, this.entry);
  }

  /** For where the request is carried out, if that is elsewhere: what its note begins with. */
  get begun(): Pick<AuditNote, 'entry'> & { readonly onlyOfOthers: boolean } {
    return { entry: this.entry, onlyOfOthers: this.#onlyOfOthers };
  }

  /** What a note has come to; to be taken over by the one that it began with. */
  get outcome(): NoteOutcome {
    return { seen: this.#seen, ofOther: this.#ofOther };
  }

  takeOver({ seen, ofOther }: NoteOutcome): void {
    this.#seen ||= seen;
    this.#ofOther ||= ofOther;
  }

  /** Whether it is still to be stored when the request has succeeded. */
  get isDue(): boolean {
    return !this.#seen && (!this.#onlyOfOthers || this.#ofOther);
  }
}
