import { describe } from 'vitest';
import { standstillRules } from './standstill-rules.ts';

describe('the event loop, on SQLite', () => standstillRules(async () => ({})));
