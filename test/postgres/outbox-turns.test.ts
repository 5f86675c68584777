import { describe } from 'vitest';
import { outboxRules } from '../server/outbox-rules.ts';
import { newDatabase } from './database.ts';

describe('the outbox, on PostgreSQL', () => {
  outboxRules(async () => {
    const database = await newDatabase();
    return {
      env: { DATABASE_URL: database.url }, run: (_folder, sql) => database.run(sql), outbox: 'outbox_events',
    };
  });
});
