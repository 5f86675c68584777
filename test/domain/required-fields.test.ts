import { plans } from '../../src/domain/account/plans.ts';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../src/application/write-path/batch.ts';
import { Draft } from '../../src/application/write-path/draft.ts';
import { ok } from '../../src/domain/errors.ts';
import { fold } from '../../src/domain/job/fold.ts';
import type { Job, JobBirth, JobEvent, RecordedEvent } from '../../src/domain/job/job.ts';
import type { Kind, StandardCommand } from '../../src/domain/job/kind.ts';
import { defineLifecycle } from '../../src/domain/lifecycle.ts';

interface Fields {
  readonly address: string | null;
  readonly weight: number | null;
}
type Made = JobBirth & { readonly type: 'ParcelMade'; readonly address: string | null };
type Event =
  | Made
  | (JobEvent & { readonly type: 'ParcelWeighed'; readonly weight: number })
  | (JobEvent & { readonly type: 'ParcelSent'; readonly weight?: number });
type Command =
  | StandardCommand
  | { readonly type: 'create'; readonly address: string | null }
  | { readonly type: 'weigh'; readonly weight: number }
  | { readonly type: 'send'; readonly weight?: number };

const made = (address: string | null): Made => ({
  type: 'ParcelMade', state: 'packed', ownerId: 'ada', traceparent: null, address,
});

/** A parcel is not sent before its address and its weight are known. */
const parcel: Kind<Fields, Command, Event> = {
  name: 'parcel',
  lifecycle: defineLifecycle({
    kind: 'parcel',
    states: {
      packed: { phase: 'waiting', description: 'Packed.' },
      sent: { phase: 'succeeded', description: 'Sent.', requires: ['address', 'weight'], estimateMs: 60_000 },
    },
    transitions: [{ from: null, command: 'create', to: 'packed' }, { from: 'packed', command: 'send', to: 'sent' }],
  }),
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ address }) => ok({ events: [made(address)], effects: [] }),
  decide: (_, command) => {
    if (command.type === 'weigh') {
      return ok({ events: [{ type: 'ParcelWeighed', weight: command.weight }], effects: [] });
    }
    if (command.type !== 'send') return ok({ events: [], effects: [] });
    const { weight } = command;
    const sent: Event = { type: 'ParcelSent', state: 'sent', ...(weight !== undefined && { weight }) };
    return ok({ events: [sent], effects: [{ type: 'withdraw-work' }] });
  },
  begin: ({ address }) => ({ address, weight: null }),
  evolve: ({ fields }, event) => ({
    fields: { ...fields, ...('weight' in event && event.weight !== undefined && { weight: event.weight }) },
  }),
  itemCount: () => 0,
  logged: () => ({ costEstimate: 0, error: null }),
};

function draft(batch = new Batch()): Draft {
  return new Draft(batch, () => undefined, { now: 5, holdsAccounts: true, plans });
}

function packed(address: string | null): Job<Fields> {
  const result = draft().createJob(parcel, 'p', { type: 'create', address });
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

describe('a state that requires fields', () => {
  it('is not entered without them: the command is refused with their names, and nothing is stored', () => {
    const batch = new Batch();
    const refused = draft(batch).changeJob(parcel, packed(null), { type: 'send' });
    expect(refused).toMatchObject({
      ok: false,
      refusal: {
        code: 'invalid_state',
        message: 'Job p cannot become sent: it has no address, no weight.',
        details: { state: 'packed', fields: { address: 'is needed for sent', weight: 'is needed for sent' } },
      },
    });
    expect(batch.isEmpty).toBe(true);
    expect(batch.toCommit(() => null)).toMatchObject({ jobs: [], events: [], work: [] });
  });

  it('is entered once they are there, be it by the event that enters it', () => {
    const during = draft();
    const weighed = during.changeJob(parcel, packed('Elm Street 1'), { type: 'weigh', weight: 0 });
    expect(weighed.ok && during.changeJob(parcel, weighed.value, { type: 'send' })).toMatchObject({
      ok: true, value: { state: 'sent', fields: { weight: 0 } },
    });
    const atOnce = draft().changeJob(parcel, packed('Elm Street 1'), { type: 'send', weight: 3 });
    expect(atOnce).toMatchObject({ ok: true, value: { state: 'sent', fields: { weight: 3 } } });
  });

  it('is entered by no event that is folded without them', () => {
    const event: RecordedEvent<Event> = {
      jobId: 'p', kind: 'parcel', sequence: 2, occurredAt: 6, actor: 'ada', correlationId: 'c',
      body: { type: 'ParcelSent', state: 'sent' },
    };
    expect(() => fold(parcel, packed('Elm Street 1'), event)).toThrow('enters sent without weight');
  });
});
