import { describe } from 'vitest';
import { kindQuotaRules } from './kind-quota-rules.ts';

describe('what a kind that is not in the core limits, on SQLite', () => kindQuotaRules(async () => ({})));
