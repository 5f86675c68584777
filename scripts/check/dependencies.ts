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
      for (const name of missingFrom(packages, path, entry)) {
        findings.push({ file: LOCK, message: `${path} needs ${name}, which has no entry, so that npm ci fails` });
      }
      if (path.includes('node_modules/') && entry['integrity'] === undefined && entry['inBundle'] !== true) {
        findings.push({ file: LOCK, message: `${path} has no integrity: npm install --package-lock-only` });
      }
    }
    return findings;
  },
};

/** What a package needs that is nowhere where Node would look for it: npm installs without, but not from a lockfile. */
function missingFrom(
  packages: Record<string, Record<string, unknown>>,
  path: string,
  entry: Record<string, unknown>,
): readonly string[] {
  const needed = { ...(entry['dependencies'] as object), ...(entry['optionalDependencies'] as object) };
  const parts = path.split(/(?<=^|\/)node_modules\//);
  const folders = parts.map((_, at) => parts.slice(0, at + 1).join('node_modules/'));
  return Object.keys(needed).filter((name) => !folders.some((folder) => {
    const inside = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    return packages[`${inside}node_modules/${name}`] !== undefined;
  }));
}

function wrongVersion(name: string, version: string, packages: Record<string, Record<string, unknown>>) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    return { file: MANIFEST, message: `${name} is "${version}": name one exact version` };
  }
  const locked = packages[`node_modules/${name}`]?.['version'];
  if (locked === version) return undefined;
  return { file: LOCK, message: `${name} is ${String(locked)}, and ${version} in ${MANIFEST}: npm install` };
}
