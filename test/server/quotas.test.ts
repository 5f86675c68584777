import { describe } from 'vitest';
import { quotaRules } from './quota-rules.ts';

describe('what a plan keeps, on SQLite', () => quotaRules(async () => ({})));
