import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { sha256Uuid } from '../../../application/fingerprint.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref, type Ref } from '../../../application/write-path/refs.ts';
import { task } from '../domain/kind.ts';
import type { TaskFields } from '../domain/types.ts';

/*
 * A task whose handler starts another one is its parent. The child's id is made of the parent's and of the name that
 * the handler gives it, so that an attempt which begins anew finds the child that an earlier one has started. The
 * commit that makes the child also says so to the parent, under the lease of its worker: one that has lost the lease
 * starts nothing. A child is kept for as long as its parent.
 */

/** That a task is a part of another one, whose handler starts it. */
export interface Child {
  /** Made of its parent's id and its name. */
  readonly id: string;
  /** Unique among those of its parent. */
  readonly name: string;
  readonly parentId: string;
  readonly depth: number;
  /** Of the lease that the handler's worker has. */
  readonly token: number;
  readonly workerId: string;
}

export function childIdOf(parentId: string, name: string): Promise<string> {
  return sha256Uuid(JSON.stringify(['child', parentId, name]));
}

export function readsOfChild(child: Child | null): readonly Ref[] {
  return child === null ? [] : [ref.job(child.id), ref.job(child.parentId)];
}

/** Says to the parent that it has one more child. */
export function startChild(draft: Draft, { id, parentId, token }: Child): Result<unknown> {
  const parent = draft.job(task, parentId);
  if (parent === null) return refuse('lease_lost', 'The lease is no longer valid: the job is gone.');
  return draft.changeJob(task, parent, { type: 'startChild', token, childId: id });
}

/**
 * Retries a child that failed or was canceled before somebody retried its parent; null when there is no need to: it
 * has not ended, has succeeded, or failed since, of which the handler is to hear. Attempts that follow by themselves
 * hear of it too: the child has had attempts of its own, and theirs must not be multiplied by those of all above it.
 */
export function startAgain(
  draft: Draft, { parentId, token }: Child, made: Job<TaskFields>, admit: () => Result<null>,
): Result<Job<TaskFields>> | null {
  if (made.state !== 'failed' && made.state !== 'canceled') return null;
  const parent = draft.job(task, parentId);
  const { retriedAt = 0 } = parent?.fields ?? {};
  if (parent?.lease?.token !== token || (made.endedAt ?? 0) > retriedAt) return null;
  const admitted = admit();
  if (!admitted.ok) return admitted;
  const again = draft.changeJob(task, made, { type: 'retry', waitsFor: [] });
  return again.ok ? ok(again.value) : again;
}
