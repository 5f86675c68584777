import { describe, expect, it } from 'vitest';
import { foldAll } from '../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import type { AnyKind, Decision } from '../../src/domain/job/kind.ts';
import { reminder } from '../../src/testing/sample-kinds/reminder.ts';

const now = Date.UTC(2026, 10, 22);

function recorded({ events }: Decision<never>, from: number, at: number): RecordedEvent<never>[] {
  return events.map((body, i) => ({
    jobId: 'r', kind: 'reminder', sequence: from + i, occurredAt: at, actor: 'ada', correlationId: 'r', body,
  }));
}

describe('the sample kind of two states', () => {
  it('begins, and is over when its time has come, and not before', () => {
    const made = reminder.create({ type: 'create', ownerId: 'ada', text: 'Call', at: now + 60_000 }, now);
    if (!made.ok) throw new Error(made.refusal.message);
    const birth = recorded(made.value as Decision<never>, 1, now);
    const job = foldAll(reminder, birth);
    if (job === null) throw new Error('no reminder');
    expect(job).toMatchObject({ state: 'set', phase: 'waiting', deadlineAt: now + 60_000 });
    const expire = { type: 'expire', reason: 'late', onlyOverdue: true } as const;
    expect(reminder.decide(job, expire, now + 59_999)).toEqual({ ok: true, value: { events: [], effects: [] } });
    const rung = reminder.decide(job, expire, now + 60_000);
    if (!rung.ok) throw new Error(rung.refusal.message);
    const over = foldAll(reminder, [...birth, ...recorded(rung.value as Decision<never>, 2, now + 60_000)]);
    expect(over).toMatchObject({ state: 'over', phase: 'succeeded', endedAt: now + 60_000, deadlineAt: null });
    for (const type of ['expire', 'cancel'] as const) {
      const again = (reminder as AnyKind).decide(over as never, type === 'expire' ? expire : { type }, now + 60_001);
      expect(again.ok && again.value.events.length > 0).toBe(false);
    }
  });
});
