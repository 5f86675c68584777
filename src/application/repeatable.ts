import { ok, refuse, type Result } from '../domain/errors.ts';
import type { IdempotencyRecord } from '../ports/store/commit.ts';
import { fingerprint } from './fingerprint.ts';
import type { Draft } from './write-path/draft.ts';
import { ref, type Ref } from './write-path/refs.ts';

/** Identifies a request with an Idempotency-Key and its repeats. */
export type Repeatable = Pick<IdempotencyRecord, 'scope' | 'key' | 'fingerprint'>;

/**
 * Null when the request came without a key.
 *
 * @param of whose the key is: a user, or the account that is changed
 * @param does what is asked for: the same key asks for other things, too
 * @param request what the repeats have to say as well; as plain JSON
 */
export async function repeatableOf(
  of: string,
  does: string,
  key: string | undefined,
  request: unknown,
): Promise<Repeatable | null> {
  if (key === undefined) return null;
  return { scope: `${encodeURIComponent(of)}:${does}`, key, fingerprint: await fingerprint(request) };
}

/** What a command must load to know whether it is a repeat. */
export function readsOfKey(repeatable: Repeatable | null): readonly Ref[] {
  return repeatable === null ? [] : [ref.idempotency(repeatable.scope, repeatable.key)];
}

/** The id of what the first request with the key made; null: this is the first one, or it has no key. */
export function madeBefore(draft: Draft, repeatable: Repeatable | null): Result<string> | null {
  const before = repeatable === null ? null : draft.idempotency(repeatable.scope, repeatable.key);
  if (before === null) return null;
  return before.fingerprint === repeatable?.fingerprint ? ok(before.resourceId) : anotherRequest();
}

/** For the repeats of this request: what it makes. */
export function rememberAs(draft: Draft, repeatable: Repeatable | null, resourceId: string): void {
  if (repeatable !== null) draft.remember({ ...repeatable, resourceId, createdAt: draft.now });
}

export function anotherRequest(): Extract<Result<never>, { ok: false }> {
  return refuse('idempotency_mismatch', 'This Idempotency-Key was already used with a different body: use a new key.');
}
