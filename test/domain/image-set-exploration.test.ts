import { describe, expect, it } from 'vitest';
import { fold } from '../../src/domain/job/fold.ts';
import { imageSet } from '../../src/kinds/image-set/domain/kind.ts';
import { imageSetLifecycle } from '../../src/kinds/image-set/domain/lifecycle.ts';
import type { ImageSetCommand, ImageSetJob } from '../../src/kinds/image-set/domain/types.ts';
import { commands, decide, record, startedAt } from './image-sets.ts';

const { create, confirm, execute, done, failed, cancel, expire, giveUp } = commands;
const births = [create(1), create(2), create(3)];
const items = [0, 1, 2].flatMap((idx) => [done(idx), failed(idx), done(idx, 'key-0')]);
const others = [confirm(1), confirm(2), confirm(3), execute(), ...items, cancel(), expire(), giveUp()];

interface Exploration {
  /** Every job that any order of these commands leads to, once. */
  readonly jobs: readonly ImageSetJob[];
  /** `from command to`, of every step that any of them took. */
  readonly steps: ReadonlySet<string>;
}

/** Each command once in time and once past every deadline: time is an argument, not a state. */
function explore(): Exploration {
  const jobs = new Map<string, ImageSetJob>();
  const steps = new Set<string>();
  const take = (job: ImageSetJob | null, command: ImageSetCommand, now: number): void => {
    const decision = decide(job, command, now);
    if (!decision.ok) return;
    let after = job;
    for (const event of record(job, decision.value.events, startedAt)) {
      if (event.body.state !== undefined) steps.add(`${after?.state ?? null} ${command.type} ${event.body.state}`);
      after = fold(imageSet, after, event);
    }
    if (after === null) return;
    const { version, fields, items: results, state } = after;
    const key = JSON.stringify([version, state, fields, [...results]]);
    if (!jobs.has(key)) jobs.set(key, after);
  };
  for (const command of births) take(null, command, startedAt);
  for (const job of jobs.values()) {
    for (const command of [...births, ...others]) {
      take(job, command, startedAt);
      take(job, command, startedAt + 1e9);
    }
  }
  return { jobs: [...jobs.values()], steps };
}

const { jobs, steps } = explore();
const declared = new Set(imageSetLifecycle.transitions.map(({ from, command, to }) => `${from} ${command} ${to}`));

describe('every order of commands on small sets', () => {
  it('takes every declared transition', () => {
    expect([...declared].filter((step) => !steps.has(step))).toEqual([]);
  });

  it('takes no undeclared transition', () => {
    expect([...steps].filter((step) => !declared.has(step))).toEqual([]);
  });

  it('leads to more than 300 different states', () => {
    expect(jobs.length).toBeGreaterThan(300);
  });

  it('has counts that match its items', () => {
    const wrong = jobs.filter(({ items: results, fields }) => {
      const ok = [...results.values()].filter(({ state }) => state === 'done').length;
      return fields.done !== ok || fields.failed !== results.size - ok || results.size > (fields.total ?? 0);
    });
    expect(wrong).toEqual([]);
  });

  it('ends a set when its last item has its result, as done if any was delivered, and no sooner', () => {
    const wrong = jobs.filter(({ state, items: results, fields }) => {
      const complete = fields.total !== null && results.size === fields.total;
      return complete !== (state === (fields.done > 0 ? 'done' : 'failed'));
    });
    expect(wrong).toEqual([]);
  });

  it('leaves every set that has not ended a deadline, and one that has ended none', () => {
    const wrong = jobs.filter((job) => imageSetLifecycle.isTerminal(job.state as never) !== (job.deadlineAt === null));
    expect(wrong).toEqual([]);
  });

  it('ends every overdue set, once', () => {
    const open = jobs.filter(({ deadlineAt }) => deadlineAt !== null);
    const survivors = open.filter((job) => {
      const decision = decide(job, expire(), job.deadlineAt ?? 0);
      if (!decision.ok) return true;
      const settled = decision.value.effects.filter(({ type }) => type === 'settle-reservation').length;
      const events = record(job, decision.value.events, startedAt);
      const after = events.reduce((one, event) => fold(imageSet, one, event), job);
      return settled !== 1 || !imageSetLifecycle.isTerminal(after.state as never);
    });
    expect(survivors).toEqual([]);
  });
});
