import { describe } from 'vitest';
import { logRules } from '../server/log-rules.ts';
import { newDatabase } from './database.ts';

describe('logs of jobs, on PostgreSQL', () => {
  logRules(async () => {
    const database = await newDatabase(undefined, "ENCODING 'UTF8'");
    const query = (sql: string) => database.run(sql.replace('job_log_files', 'sql.job_log_files'));
    return { env: { DATABASE_URL: database.url }, query: (_folder, sql) => query(sql) };
  });
});
