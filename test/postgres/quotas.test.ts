import { describe } from 'vitest';
import { quotaRules } from '../server/quota-rules.ts';
import { newDatabase } from './database.ts';

describe('what a plan keeps, on PostgreSQL', () => {
  quotaRules(async () => ({ DATABASE_URL: (await newDatabase()).url }));
});
