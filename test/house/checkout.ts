import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree } from '../../scripts/check/tree.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the checkout, for what leaves something behind; `node_modules` is this one's. */
export function copyCheckout(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'waybill-checkout-'));
  for (const file of readTree(root).files) cpSync(join(root, file), join(path, file));
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
