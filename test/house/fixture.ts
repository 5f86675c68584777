import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readTree } from '../../scripts/check/tree.ts';
import type { Check } from '../../scripts/check/tree.ts';

/** A folder of its own for one test, with these files in it. */
export function folderWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'waybill-house-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

/** What a check finds in a repository of these files, as `file:line message`. */
export function findings(check: Check, files: Record<string, string>): string[] {
  const found = check.find(readTree(folderWith(files)));
  return found.map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`} ${message}`);
}
