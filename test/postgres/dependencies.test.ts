import { describe } from 'vitest';
import { dependencyRules } from '../server/dependency-rules.ts';
import { newDatabase } from './database.ts';

describe('a task, at two servers on PostgreSQL,', () => {
  dependencyRules(2, async () => ({ DATABASE_URL: (await newDatabase()).url }));
});
