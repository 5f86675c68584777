import { describe } from 'vitest';
import { standstillRules } from '../server/standstill-rules.ts';
import { newDatabase } from './database.ts';

describe('the event loop, on PostgreSQL', () => {
  standstillRules(async () => ({ DATABASE_URL: (await newDatabase()).url }));
});
