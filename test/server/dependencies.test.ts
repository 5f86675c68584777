import { describe } from 'vitest';
import { dependencyRules } from './dependency-rules.ts';

describe('a task, on SQLite,', () => {
  dependencyRules(1, async () => ({}));
});
