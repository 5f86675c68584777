import { KeptFresh } from '../../../application/kept-fresh.ts';
import { declareTable, type RecordReads, type VersionedRow } from '../../../ports/store/tables.ts';
import type { Clock } from '../../../ports/world.ts';
import type { Theme, Themes } from '../domain/theme.ts';

/** A theme that an operator has stored: beside those of the configuration, or instead of that of the same name. */
export interface StoredTheme extends VersionedRow {
  readonly name: string;
  readonly look: Omit<Theme, 'name'>;
  readonly updatedAt: number;
}

export const themeTable = declareTable<StoredTheme>('themes', {
  key: ['name'],
  columns: { name: 'text', look: 'json', updatedAt: 'bigint' },
});

export const maxThemes = 100;

/** How long another server's change may go unseen. */
const freshMs = 2_000;

interface Read {
  readonly themes: Themes;
  /** Of those that are stored. */
  readonly changedAt: ReadonlyMap<string, number>;
}

/** All themes that there are, read now and then. */
export class CurrentThemes {
  readonly #read: KeptFresh<Read>;

  /** @param configured those without any that is stored */
  constructor(configured: Themes, records: Pick<RecordReads, 'list'>, clock: Clock) {
    const read = async (): Promise<Read> => {
      const rows = await records.list(themeTable, { where: {}, orderBy: ['name'], limit: 1_000 });
      return {
        themes: new Map([...configured, ...rows.map(({ name, look }) => [name, { ...look, name }] as const)]),
        changedAt: new Map(rows.map(({ name, updatedAt }) => [name, updatedAt])),
      };
    };
    this.#read = new KeptFresh<Read>({ themes: configured, changedAt: new Map() }, read, { clock, freshMs });
  }

  async now(): Promise<Read> {
    await this.#read.refresh();
    return this.#read.latest;
  }

  /** Has them read at the next question. */
  forget(): void {
    this.#read.forget();
  }
}
