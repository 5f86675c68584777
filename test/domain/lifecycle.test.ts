import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { defineLifecycle, type Claim, type Phase, type TransitionDefinition } from '../../src/domain/lifecycle.ts';

type Row = readonly [from: string | null, command: string, to: string, reopens?: 'reopens'];

function define(
  states: Record<string, Phase>,
  rows: readonly Row[],
  ...claims: readonly Claim[]
): ReturnType<typeof defineLifecycle> {
  const transitions = rows.map(([from, command, to, reopens]): TransitionDefinition<string, string> => ({
    from, command, to, ...(reopens === undefined ? {} : { reopens: true }),
  }));
  const described = Object.entries(states).map(([name, phase]) => [name, { phase, description: name }]);
  const definition = { kind: 'parcel', states: Object.fromEntries(described), transitions };
  return defineLifecycle(claims.length === 0 ? definition : { ...definition, claims });
}

const states = { packed: 'waiting', sent: 'active', arrived: 'succeeded', lost: 'failed' } as const;
const rows: readonly Row[] = [
  [null, 'pack', 'packed'],
  ['packed', 'send', 'sent'],
  ['sent', 'deliver', 'arrived'],
  ['sent', 'lose', 'lost'],
];

describe('a lifecycle', () => {
  const parcel = define(states, rows);

  it('begins in a state that its births name', () => {
    expect(parcel.initial).toBe('packed');
  });

  it('allows each declared step and no other', () => {
    const names = [null, ...parcel.stateNames];
    const allowed = names.flatMap((from) =>
      parcel.stateNames.filter((to) => parcel.allows(from, to)).map((to) => [from, to]),
    );
    expect(allowed).toEqual(rows.map(([from, , to]) => [from, to]));
  });

  it('accepts each command in the states that declare it and in no other', () => {
    const names = [null, ...parcel.stateNames];
    const accepted = names.flatMap((from) =>
      rows.filter(([, command]) => parcel.accepts(from, command)).map(([, command]) => [from, command]),
    );
    expect(accepted).toEqual(rows.map(([from, command]) => [from, command]));
  });

  it('tells its ends by their phases', () => {
    expect(parcel.stateNames.filter((name) => parcel.isTerminal(name))).toEqual(['arrived', 'lost']);
    expect(parcel.phase('sent')).toBe('active');
  });

  it('can end in the phase canceled, and begin by several commands in one state', () => {
    const two = define({ open: 'waiting', dropped: 'canceled' }, [
      [null, 'make', 'open'],
      [null, 'copy', 'open'],
      ['open', 'drop', 'dropped'],
    ]);
    expect(two.isTerminal('dropped')).toBe(true);
  });

  it('can be reopened from an end that says so, which still is an end', () => {
    const again = define(states, [...rows, ['lost', 'find', 'packed', 'reopens']]);
    expect([again.isTerminal('lost'), again.allows('lost', 'packed'), again.accepts('lost', 'find')]).toEqual([
      true, true, true,
    ]);
    expect([again.allows('arrived', 'packed'), again.accepts('arrived', 'find')]).toEqual([false, false]);
  });

  it('can be reopened to any state in which a job waits, not to the first alone', () => {
    const again = define({ ...states, readdressed: 'waiting' }, [
      ...rows, ['lost', 'find', 'readdressed', 'reopens'], ['readdressed', 'send', 'sent'],
    ]);
    expect([again.allows('lost', 'readdressed'), again.allows('lost', 'packed')]).toEqual([true, false]);
  });

  it('names the transitions that claim it, by state, or none', () => {
    const claims = [
      { from: 'packed', to: 'sent', event: 'ParcelTaken' }, { from: 'back', to: 'returning', event: 'ReturnTaken' },
    ];
    const withReturns = define({ ...states, back: 'waiting', returning: 'active' }, [
      ...rows, ['sent', 'refuse', 'back'], ['back', 'send', 'returning'], ['returning', 'deliver', 'arrived'],
    ], ...claims);
    expect([withReturns.claims, define(states, rows).claims]).toEqual([claims, []]);
  });
});

describe('the declaration of a contradictory lifecycle throws for', () => {
  type Contradiction = readonly [name: string, states: Record<string, Phase>, rows: readonly Row[], message: RegExp];
  const contradictions: readonly Contradiction[] = [
    ['a transition from an unknown state', states, [...rows, ['stolen', 'find', 'sent']], /unknown state stolen/],
    ['a transition to an unknown state', states, [...rows, ['sent', 'steal', 'stolen']], /unknown state stolen/],
    ['the same transition twice', states, [...rows, ['sent', 'lose', 'lost']], /declared twice/],
    ['no birth', states, rows.slice(1), /no transition creates a job/],
    ['two states to begin in', states, [...rows, [null, 'import', 'sent']], /one state only/],
    ['a transition out of an end', states, [...rows, ['lost', 'find', 'packed']], /terminal state lost has a way out/],
    [
      'a transition out of an end to a state in which nothing waits',
      states,
      [...rows, ['lost', 'find', 'sent', 'reopens']],
      /terminal state lost has a way out/,
    ],
    [
      'an end with one transition that reopens and one that does not',
      states,
      [...rows, ['lost', 'find', 'packed', 'reopens'], ['lost', 'return', 'packed']],
      /terminal state lost has a way out/,
    ],
    [
      'reopening what has not ended',
      states,
      [...rows, ['sent', 'return', 'packed', 'reopens']],
      /state sent is not terminal: nothing reopens it/,
    ],
    [
      'a state without a way out that is no end',
      { ...states, stuck: 'waiting' },
      [...rows, ['sent', 'stop', 'stuck']],
      /stuck has no way out/,
    ],
    ['an end that nothing reaches', { ...states, burnt: 'failed' }, rows, /burnt cannot be reached/],
    [
      'a cycle that nothing enters',
      { ...states, here: 'waiting', there: 'active' },
      [...rows, ['here', 'go', 'there'], ['there', 'go', 'here']],
      /here cannot be reached/,
    ],
  ];

  it.each(contradictions)('%s', (_name, named, declared, message) => {
    const defining = (): unknown => define(named, declared);
    expect(defining).toThrow(InvariantViolation);
    expect(defining).toThrow(message);
  });

  const claims: readonly (readonly [name: string, from: string, to: string])[] = [
    ['a claim of what does not wait', 'sent', 'arrived'],
    ['a claim into what is not active', 'packed', 'packed'],
    ['a claim by a step that is not declared', 'packed', 'stored'],
  ];

  it.each(claims)('%s', (_name, from, to) => {
    const stored: Record<string, Phase> = { ...states, stored: 'active' };
    const more: readonly Row[] = [...rows, ['sent', 'store', 'stored'], ['stored', 'send', 'sent']];
    const defining = (): unknown => define(stored, more, { from, to, event: 'ParcelTaken' });
    expect(defining).toThrow(InvariantViolation);
    expect(defining).toThrow(/no worker can claim from/);
  });

  it('two claims from one state', () => {
    const more: readonly Row[] = [...rows, ['packed', 'fly', 'flown'], ['flown', 'deliver', 'arrived']];
    const claim = { from: 'packed', to: 'sent', event: 'ParcelTaken' };
    const defining = (): unknown => define({ ...states, flown: 'active' }, more, claim, { ...claim, to: 'flown' });
    expect(defining).toThrow(/two claims from packed/);
  });

  it.each([0, -1, 0.5, Number.NaN])('an estimate of %d ms for a state', (estimateMs) => {
    const open = { phase: 'waiting', description: '', estimateMs } as const;
    const named = { open, done: { phase: 'succeeded', description: '' } } as const;
    const transitions = [
      { from: null, command: 'make', to: 'open' }, { from: 'open', command: 'end', to: 'done' },
    ] as const;
    expect(() => defineLifecycle({ kind: 'parcel', states: named, transitions })).toThrow(/state open takes/);
  });
});
