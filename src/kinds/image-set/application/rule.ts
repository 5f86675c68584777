import { declareTable } from '../../../ports/store/tables.ts';
import type { Concepts } from '../domain/concepts.ts';

/** A saved set of concepts; takes one of its account's rule slots. */
export interface Rule {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** The preset that it was made from; null: none. */
  readonly presetId: string | null;
  readonly concepts: Concepts;
  readonly protect: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

export const ruleTable = declareTable<Rule>('rules', {
  key: ['id'],
  columns: {
    id: 'text', accountId: 'text', name: 'text', presetId: 'text', concepts: 'json', protect: 'json',
    createdAt: 'bigint', updatedAt: 'bigint',
  },
});
