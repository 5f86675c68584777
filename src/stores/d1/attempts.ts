import type { AttemptStore } from '../../ports/store/attempt-store.ts';
import { attemptStatements } from '../sqlite/attempts.ts';
import type { D1Database } from './database.ts';

export function createD1AttemptStore(database: D1Database): AttemptStore {
  const { count, counted, purgeEnded, clear, release } = attemptStatements;
  return {
    async count(keys, { now, windowMs }) {
      const different = [...new Set(keys)];
      const answers = await database.batch([
        ...different.map((key) => database.prepare(count).bind(key, now + windowMs, now, now)),
        database.prepare(purgeEnded).bind(now),
        ...keys.map((key) => database.prepare(counted).bind(key)),
      ]);
      return answers.slice(different.length + 1).flatMap(({ results }) => results) as never;
    },
    async settle(keys) {
      await database.batch([
        database.prepare(clear).bind(JSON.stringify(keys.clear)),
        database.prepare(release).bind(JSON.stringify(keys.release)),
      ]);
    },
  };
}
