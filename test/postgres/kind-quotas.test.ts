import { describe } from 'vitest';
import { kindQuotaRules } from '../server/kind-quota-rules.ts';
import { newDatabase } from './database.ts';

describe('what a kind that is not in the core limits, on PostgreSQL', () => {
  kindQuotaRules(async () => ({ DATABASE_URL: (await newDatabase()).url }));
});
