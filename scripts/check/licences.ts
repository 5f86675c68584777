import type { Check, Finding } from './tree.ts';

/** Licences whose text, in the package itself, is all that they ask for. */
const PLAIN = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']);

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly license?: string;
}

export const licences: Check = {
  name: 'NOTICE names what users install under a licence that asks for more than its text',
  find(tree) {
    const lock = JSON.parse(tree.texts.get('package-lock.json') ?? '{}') as { packages?: Record<string, Locked> };
    const notice = tree.texts.get('NOTICE') ?? '';
    const findings: Finding[] = [];
    for (const [path, { dev, devOptional, license = 'no licence' }] of Object.entries(lock.packages ?? {})) {
      if (!path.includes('node_modules/') || dev || devOptional || isPlain(license)) continue;
      const name = path.replace(/^.*node_modules\//, '');
      // Those of sharp bring the same library for each platform.
      const named = name.startsWith('@img/sharp-') ? 'libvips' : name;
      if (new RegExp(`^ +${named} `, 'm').test(notice)) continue;
      findings.push({ file: 'NOTICE', message: `${name} is under ${license}, and ${named} is not named` });
    }
    return findings;
  },
};

/** Also of several that hold at once: `(MIT AND ISC)`. */
function isPlain(license: string): boolean {
  return license.replace(/^\((.*)\)$/, '$1').split(' AND ').every((each) => PLAIN.has(each));
}
