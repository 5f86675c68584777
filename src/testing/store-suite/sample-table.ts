import { declareTable } from '../../ports/store/tables.ts';

/** A row with a column of each type, under a key of two parts. */
export interface Sample {
  readonly ownerId: string;
  readonly name: string;
  readonly note: string | null;
  readonly size: number | null;
  readonly madeAt: number;
  readonly isOpen: boolean;
  readonly data: unknown;
  readonly version: number;
}

export const samples = declareTable<Sample>('suite_samples', {
  key: ['ownerId', 'name'],
  columns: {
    ownerId: 'text', name: 'text', note: 'text', size: 'integer', madeAt: 'bigint', isOpen: 'boolean', data: 'json',
  },
});

/** What makes the table in a store that is put to the suite, by the dialect that it speaks. */
export const sampleTable = {
  sqlite: `CREATE TABLE IF NOT EXISTS suite_samples (
    owner_id TEXT NOT NULL, name TEXT NOT NULL, note TEXT, size INTEGER, made_at INTEGER NOT NULL,
    is_open INTEGER NOT NULL, data TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (owner_id, name)
  ) STRICT`,
  postgres: `CREATE TABLE IF NOT EXISTS suite_samples (
    owner_id TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, note TEXT, size INTEGER,
    made_at BIGINT NOT NULL, is_open BOOLEAN NOT NULL, data TEXT NOT NULL, version BIGINT NOT NULL,
    PRIMARY KEY (owner_id, name)
  )`,
};
