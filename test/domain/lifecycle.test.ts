import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../src/domain/errors.ts';
import { defineLifecycle, type Phase, type TransitionDefinition } from '../../src/domain/lifecycle.ts';

type Row = readonly [from: string | null, command: string, to: string];

function define(states: Record<string, Phase>, rows: readonly Row[]): ReturnType<typeof defineLifecycle> {
  const transitions = rows.map(([from, command, to]): TransitionDefinition<string, string> => ({ from, command, to }));
  const described = Object.entries(states).map(([name, phase]) => [name, { phase, description: name }]);
  return defineLifecycle({ kind: 'parcel', states: Object.fromEntries(described), transitions });
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

  it('begins in the state that its births name', () => {
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

  it('knows the ends by their phases', () => {
    expect(parcel.stateNames.filter((name) => parcel.isTerminal(name))).toEqual(['arrived', 'lost']);
    expect(parcel.phase('sent')).toBe('active');
  });

  it('may end in a canceled phase, and begin by several commands in one state', () => {
    const two = define({ open: 'waiting', dropped: 'canceled' }, [
      [null, 'make', 'open'],
      [null, 'copy', 'open'],
      ['open', 'drop', 'dropped'],
    ]);
    expect(two.isTerminal('dropped')).toBe(true);
  });
});

describe('a lifecycle that contradicts itself throws:', () => {
  type Contradiction = readonly [name: string, states: Record<string, Phase>, rows: readonly Row[], message: RegExp];
  const contradictions: readonly Contradiction[] = [
    ['a way from an unknown state', states, [...rows, ['stolen', 'find', 'sent']], /unknown state stolen/],
    ['a way to an unknown state', states, [...rows, ['sent', 'steal', 'stolen']], /unknown state stolen/],
    ['the same row twice', states, [...rows, ['sent', 'lose', 'lost']], /declared twice/],
    ['no birth', states, rows.slice(1), /no transition creates a job/],
    ['two states to begin in', states, [...rows, [null, 'import', 'sent']], /one state only/],
    ['a way out of an end', states, [...rows, ['lost', 'find', 'sent']], /terminal state lost has a way out/],
    [
      'a dead end that is no end',
      { ...states, stuck: 'waiting' },
      [...rows, ['sent', 'stop', 'stuck']],
      /stuck has no way out/,
    ],
    ['an end that nothing reaches', { ...states, burnt: 'failed' }, rows, /burnt cannot be reached/],
    [
      'a circle that nothing enters',
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
});
