import { beforeEach, describe, expect, it } from 'vitest';
import { ref } from '../../src/application/write-path/refs.ts';
import { WritePath, type Operation } from '../../src/application/write-path/write-path.ts';
import { ruleTable, type Rule } from '../../src/kinds/image-set/application/rule.ts';
import { balancesOf } from '../../src/domain/account/ledger.ts';
import { freeRuleSlot } from '../../src/domain/account/decide.ts';
import { ok, refuse } from '../../src/domain/errors.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { commands } from '../domain/image-sets.ts';
import { MemoryCommitStore } from './memory-commit-store.ts';
import { commanding, creating, granting, planning, savingRule } from './operations.ts';

const { confirm, execute, done, cancel } = commands;
const clock = createFakeClock();

/** Two servers over one store: what one remembers, the other may have changed. */
let store: MemoryCommitStore;
let here: WritePath;
let there: WritePath;

beforeEach(() => {
  store = new MemoryCommitStore();
  here = new WritePath({ store, clock });
  there = new WritePath({ store, clock });
});

function balanced(accountId: string): void {
  const { granted, available, reserved, spent } = store.accounts.get(accountId) ?? {};
  const { granted: given, ...held } = balancesOf(store.ledger.filter((entry) => entry.accountId === accountId));
  expect(held).toEqual({ available, reserved, spent });
  expect(given).toBe(-(granted ?? 0));
  const reservations = [...store.reservations.values()].filter((one) => one.accountId === accountId);
  expect(reservations.reduce((sum, one) => sum + one.held, 0)).toBe(reserved);
  expect(reservations.reduce((sum, one) => sum + one.spent, 0)).toBe(spent);
}

describe('a remembered state that is stale', () => {
  it('costs a conflict, and the command is answered', async () => {
    await here.run(creating('a', 'ada', 3));
    await there.run(commanding('a', confirm(2)));
    const executed = await here.run(commanding('a', execute()));
    expect(executed).toEqual({ ok: true, value: 'queued' });
    expect(store.events.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('never refuses what has become possible', async () => {
    await here.run(creating('a', 'ada'));
    await there.run(commanding('a', cancel()));
    expect(await here.run(creating('b', 'ada'))).toEqual({ ok: true, value: 'b' });
  });

  it('never refuses a command for credits that were granted meanwhile', async () => {
    await here.run(creating('a', 'ada', 10));
    await here.run(planning('ada', 'pro'));
    await there.run(granting('ada', 5));
    expect(await here.run(creating('b', 'ada', 5))).toEqual({ ok: true, value: 'b' });
  });

  it('never does what has become impossible', async () => {
    await here.run(creating('a', 'ada'));
    await here.run(commanding('a', cancel()));
    await there.run(creating('b', 'ada'));
    expect(await here.run(creating('c', 'ada'))).toMatchObject({ ok: false, refusal: { code: 'concurrency_limit' } });
  });

  it('never answers a command as already done when it is not', async () => {
    const told = { ...commanding('a', done(0)), decide: commanding('a', done(0)).decide };
    await here.run(creating('a', 'ada', 2));
    await here.run(commanding('a', confirm(2)));
    await here.run(commanding('a', execute()));
    await there.run(commanding('a', done(1)));
    expect(await here.run(told)).toEqual({ ok: true, value: 'done' });
  });

  it('answers a repeated command with the state as it is now', async () => {
    await here.run(creating('a', 'ada', 2));
    await here.run(commanding('a', confirm(2)));
    await here.run(commanding('a', execute()));
    await here.run(commanding('a', done(0)));
    await there.run(commanding('a', done(1)));
    expect(await here.run(commanding('a', done(0)))).toEqual({ ok: true, value: 'done' });
  });

  it('does not hide a job that was made since it was looked for', async () => {
    await here.run(commanding('a', confirm(1)));
    await there.run(creating('a', 'ada', 2));
    expect(await here.run(commanding('a', confirm(1)))).toEqual({ ok: true, value: 'uploaded' });
  });

  it('throws nothing that only a stale decision would throw', async () => {
    const once: Operation<string> = {
      ...commanding('a', cancel()),
      decide: (draft) => {
        if (draft.account('ada').activeJobs > 0) throw new Error('still running');
        return ok('free');
      },
    };
    await here.run(creating('a', 'ada'));
    await there.run(commanding('a', cancel()));
    expect(await here.run(once)).toEqual({ ok: true, value: 'free' });
  });
});

describe('a decision on what was read at two moments', () => {
  it('never rejects a command by what it throws', async () => {
    await there.run(creating('a', 'ada', 2));
    store.onLoad = async ({ accounts }) => {
      if (!accounts.includes('ada')) return;
      store.onLoad = async () => {};
      await there.run(commanding('a', cancel()));
    };
    const confirmed = await here.run(commanding('a', confirm(1)));
    expect(confirmed).toMatchObject({ ok: false, refusal: { code: 'invalid_state', details: { state: 'canceled' } } });
  });

  it('is made again before it refuses, so that a refusal states what was true at one moment', async () => {
    const comparing: Operation<string> = {
      ...commanding('a', cancel()),
      decide: (draft) => {
        const job = draft.job(imageSet, 'a');
        const { activeJobs } = draft.account('ada');
        if (job === null) return refuse('not_found', 'no such set');
        return refuse('conflict', `${activeJobs} active, ${job.state}`);
      },
    };
    await there.run(creating('a', 'ada'));
    store.onLoad = async ({ accounts }) => {
      if (!accounts.includes('ada')) return;
      store.onLoad = async () => {};
      await there.run(commanding('a', cancel()));
    };
    expect(await here.run(comparing)).toMatchObject({ refusal: { message: '0 active, canceled' } });
  });

  it('is made again until commands that affect each other all come to an end', async () => {
    const users = ['ada', 'bob', 'cleo', 'dan'];
    const comparing = (own: string, other: string): Operation<string> => ({
      ...commanding(own, cancel()),
      reads: [],
      decide: (draft) => {
        const sum = draft.account(own).available + draft.account(other).available;
        return refuse('conflict', `${sum} available`);
      },
    });
    const all = users.map((user, at) => here.run(comparing(user, users[(at + 1) % users.length] ?? '')));
    expect(new Set((await Promise.all(all)).map((one) => !one.ok && one.refusal.message))).toEqual(
      new Set(['20 available']),
    );
  });
});

describe('a reservation that another server reduced', () => {
  it('is given back at its reduced size', async () => {
    await here.run(planning('ada', 'pro'));
    await here.run(creating('other', 'ada', 5));
    await here.run(creating('a', 'ada', 5));
    await here.run(commanding('a', confirm(5)));
    await here.run(commanding('other', confirm(4)));
    await there.run(creating('unrelated', 'bob'));
    await there.run(commanding('a', cancel()));
    await here.run(commanding('other', cancel()));
    balanced('ada');
  });

  it('is loaded again with its job while it is still remembered', async () => {
    await here.run(planning('ada', 'pro'));
    await here.run(creating('other', 'ada', 5));
    await here.run(creating('a', 'ada', 5));
    await there.run(commanding('a', confirm(2)));
    expect(await here.run(commanding('a', cancel()))).toEqual({ ok: true, value: 'canceled' });
    expect(store.accounts.get('ada')).toMatchObject({ available: 5, reserved: 5, activeJobs: 1 });
    balanced('ada');
  });

  it('is loaded again with its job and account when it alone was remembered', async () => {
    await here.run(planning('ada', 'pro'));
    await here.run(creating('other', 'ada', 5));
    await here.run(creating('a', 'ada', 5));
    await there.run(commanding('a', confirm(2)));
    // Both refused, which has the job and the account read anew and remembered.
    await here.run(commanding('a', confirm(9)));
    await here.run(creating('too large', 'ada', 100));
    await here.run(commanding('a', cancel()));
    expect(store.accounts.get('ada')).toMatchObject({ available: 5, reserved: 5, activeJobs: 1 });
    balanced('ada');
  });
});

describe('a rule that another server deleted', () => {
  const ruleRef = ref.record(ruleTable, ['rule']);
  const rule: Omit<Rule, 'version'> = {
    id: 'rule', accountId: 'ada', name: 'old', presetId: null, concepts: {}, protect: [], createdAt: 0, updatedAt: 0,
  };
  const renaming = (reads: readonly string[]): Operation<string> => ({
    actor: 'ada',
    correlationId: 'test',
    reads,
    decide: (draft) => {
      const found = draft.record(ruleTable, ['rule']);
      if (found === null) return refuse('not_found', 'no such rule');
      draft.putRecord(ruleTable, { ...found, name: 'new' });
      return ok('renamed');
    },
  });
  const deleting: Operation<null> = {
    actor: 'ada',
    correlationId: 'test',
    reads: [ref.account('ada'), ruleRef],
    decide: (draft) => {
      draft.putAccount(freeRuleSlot(draft.account('ada'), draft.now));
      draft.deleteRecord(ruleTable, ['rule']);
      return ok(null);
    },
  };

  it('is not restored by a change of it', async () => {
    await here.run(savingRule(rule));
    await there.run(deleting);
    expect(await here.run(renaming([ref.account('ada'), ruleRef]))).toMatchObject({ ok: false });
    expect([store.records.size, store.accounts.get('ada')?.usedRuleSlots]).toEqual([0, 0]);
  });

  it('is not restored though its account was loaded since', async () => {
    await here.run(savingRule(rule));
    await there.run(deleting);
    await here.run(creating('too large', 'ada', 100));
    expect(await here.run(renaming([ref.account('ada')]))).toMatchObject({ ok: false });
    expect(store.records.size).toBe(0);
  });

  it('is not restored when it is deleted while a batch loads', async () => {
    await here.run(savingRule(rule));
    store.onLoad = async ({ accounts }) => {
      if (!accounts.includes('ada')) return;
      store.onLoad = async () => {};
      await there.run(deleting);
    };
    const [, renamed] = await Promise.all([
      here.run(creating('too large', 'ada', 100)),
      here.run(renaming([ref.account('ada'), ruleRef])),
    ]);
    expect(renamed).toMatchObject({ ok: false });
    expect(store.records.size).toBe(0);
  });
});

describe('conflicts', () => {
  it('have their commands decided again until they are stored', async () => {
    await here.run(planning('ada', 'pro'));
    let lost = 0;
    store.onCommit = async () => (++lost <= 5 ? { ok: false, conflicts: ['account:ada'] } : undefined);
    expect(await here.run(creating('a', 'ada'))).toEqual({ ok: true, value: 'a' });
    expect(lost).toBe(6);
  });

  it('that do not end are answered as unavailable', async () => {
    store.onCommit = async () => ({ ok: false, conflicts: ['account:ada'] });
    const given = await here.run(creating('a', 'ada'));
    expect(given).toMatchObject({ ok: false, refusal: { code: 'unavailable', retryable: true } });
  });

  it('that one command never gets out of do not keep its neighbours from being stored', async () => {
    store.onCommit = async ({ accounts }) => {
      const isCursed = accounts.some(({ account }) => account.id === 'cursed');
      return isCursed ? { ok: false, conflicts: ['account:cursed'] } : undefined;
    };
    const [cursed, fine] = await Promise.all([here.run(creating('a', 'cursed')), here.run(creating('b', 'bob'))]);
    expect(cursed).toMatchObject({ ok: false, refusal: { code: 'unavailable' } });
    expect(fine).toEqual({ ok: true, value: 'b' });
  });

  it('between two servers that run the same commands at once leave each command done once', async () => {
    await here.run(planning('ada', 'pro'));
    await here.run(granting('ada', 90));
    const paths = [here, there];
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        const path = paths[at % 2]!;
        const other = paths[(at >> 1) % 2]!;
        const made = await path.run(creating(`job ${at}`, 'ada', 2));
        if (!made.ok) return made.refusal.code;
        await other.run(commanding(made.value, confirm(1 + (at % 2))));
        const ended = await path.run(commanding(made.value, cancel()));
        return ended.ok && ended.value;
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set(['canceled', 'concurrency_limit']));
    expect(store.accounts.get('ada')).toMatchObject({ available: 100, reserved: 0, activeJobs: 0 });
    balanced('ada');
  });
});
