import pg from 'pg';
import { describe, onTestFinished } from 'vitest';
import { queryRules } from '../command/queries.ts';
import { newDatabase } from './database.ts';

describe('PostgreSQL, as people query it,', () => {
  queryRules(async () => {
    const database = await newDatabase();
    const asText = { getTypeParser: () => (text: string): string => text } as unknown as pg.CustomTypesConfig;
    // As `PGOPTIONS='-c search_path=sql,public' psql` has it.
    const client = new pg.Client({
      connectionString: database.url, options: '-c search_path=sql,public -c TimeZone=UTC', types: asText,
    });
    await client.connect();
    onTestFinished(() => client.end());
    return {
      env: { DATABASE_URL: database.url },
      ask: async (_folder, sql) => (await client.query<Record<string, unknown>>(sql)).rows,
      dump: async () => {
        const tables = await client.query<{ name: string }>(
          "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
        );
        const texts: string[] = [];
        for (const { name } of tables.rows) {
          const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM public.${name} t`);
          texts.push(...rows.map(({ row }) => row));
        }
        return texts.join('\n');
      },
    };
  });
});
