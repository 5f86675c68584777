import { describe } from 'vitest';
import { kindRules } from '../server/kind-rules.ts';
import { newDatabase } from './database.ts';

describe('a job of a kind that is not in the core, on PostgreSQL', () => {
  kindRules(async () => {
    const database = await newDatabase();
    return { env: { DATABASE_URL: database.url }, run: async (_folder, sql) => void (await database.run(sql)) };
  });
});
