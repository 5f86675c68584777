import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Waybill, type OpenOptions } from '../../src/main/embedded/index.ts';

/** A folder that is gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-embedded-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Open until the end of the test. */
export async function openTest(options: OpenOptions = {}): Promise<Waybill> {
  const waybill = await Waybill.open({ dataDir: newFolder(), logger: 'silent', ...options });
  onTestFinished(() => waybill.close());
  return waybill;
}
