import type { Check, Finding } from './tree.ts';

const MANIFEST = 'package.json';
const LOCK = 'package-lock.json';
const SECTIONS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

const WITHOUT_ADDRESSES = 'npm install --package-lock-only --omit-lockfile-registry-resolved';

interface Lock {
  readonly packages?: Record<string, Record<string, unknown>>;
}

export const dependencies: Check = {
  name: 'dependencies are pinned, and the lockfile says nothing of where they came from',
  find(tree) {
    const manifest = JSON.parse(tree.texts.get(MANIFEST) ?? '{}') as Record<string, Record<string, string>>;
    const lock = JSON.parse(tree.texts.get(LOCK) ?? '{}') as Lock;
    const findings: Finding[] = [];
    const packages = lock.packages ?? {};
    for (const section of SECTIONS) {
      for (const [name, version] of Object.entries(manifest[section] ?? {})) {
        const message = wrongVersion(name, version, packages);
        if (message !== undefined) findings.push(message);
      }
    }
    for (const [path, entry] of Object.entries(packages)) {
      if (path === '' || entry['link'] === true) continue;
      if (entry['resolved'] !== undefined) {
        findings.push({ file: LOCK, message: `${path} has a download address ("resolved"): ${WITHOUT_ADDRESSES}` });
      }
      if (path.includes('node_modules/') && entry['integrity'] === undefined && entry['inBundle'] !== true) {
        findings.push({ file: LOCK, message: `${path} has no integrity: npm install --package-lock-only` });
      }
    }
    return findings;
  },
};

function wrongVersion(name: string, version: string, packages: Record<string, Record<string, unknown>>) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    return { file: MANIFEST, message: `${name} is "${version}": name one exact version` };
  }
  const locked = packages[`node_modules/${name}`]?.['version'];
  if (locked === version) return undefined;
  return { file: LOCK, message: `${name} is ${String(locked)}, and ${version} in ${MANIFEST}: npm install` };
}
