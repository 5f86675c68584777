import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balancesOf } from '../../../src/domain/account/ledger.ts';
import { schemaParts } from '../../../src/ports/store/schema-parts.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { openMigrated, temporaryFile } from './open.ts';

const program = fileURLToPath(new URL('./process.ts', import.meta.url));

/** Runs `process.ts` in a process of its own until it ends; throws with what it said if it fails. */
function run(...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    child.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${code ?? signal}: ${said}`))));
  });
}

describe('processes on one file', () => {
  let file: ReturnType<typeof temporaryFile>;
  beforeEach(() => {
    file = temporaryFile();
  });
  afterEach(() => file.remove());

  it('may all start at once on a new one', async () => {
    await Promise.all(Array.from({ length: 4 }, () => run('open', file.path)));
    const driver = openMigrated(file.path);
    expect(driver.all('SELECT version FROM schema_migrations')).toHaveLength(schemaParts.length);
    await createSqliteStore(driver).check();
    await driver.close();
  });

  it('lose nothing of an account that all of them change', async () => {
    const driver = openMigrated(file.path);
    const [processes, credits] = [3, 40];
    await Promise.all(Array.from({ length: processes }, () => run('give', file.path, 'user-1', String(credits))));
    const { accounts } = createSqliteStore(driver);
    const given = processes * credits;
    // Ten more were granted when the account was opened.
    expect(await accounts.get('user-1')).toMatchObject({ granted: 10 + given, available: 10 + given, version: given });
    const ledger = await accounts.ledger('user-1', { after: 0, limit: 1_000 });
    expect(ledger).toHaveLength(1 + given);
    expect(balancesOf(ledger)).toMatchObject({ granted: -10 - given, available: 10 + given });
    await driver.close();
  });
});
