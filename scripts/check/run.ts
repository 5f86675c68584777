import { fileURLToPath } from 'node:url';
import { CHECKS } from './checks.ts';
import { readTree } from './tree.ts';
import type { Finding } from './tree.ts';

/** Runs every check over the repository and prints what they find. Each counts as one test. */
export function runChecks(root: URL): { passed: number; failed: number } {
  const tree = readTree(fileURLToPath(root));
  let failed = 0;
  for (const check of CHECKS) {
    const findings = check.find(tree);
    process.stdout.write(`${findings.length === 0 ? '✓' : '✗'} ${check.name}\n`);
    for (const finding of findings) process.stdout.write(`    ${describe(finding)}\n`);
    if (findings.length > 0) failed += 1;
  }
  return { passed: CHECKS.length - failed, failed };
}

function describe({ file, line, message }: Finding): string {
  return `${file}${line === undefined ? '' : `:${line}`} ${message}`;
}
