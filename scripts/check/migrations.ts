import type { Check, Finding } from './tree.ts';

const FILE = /^migrations\/([^/]+)\/([^/]+\.sql)$/;
const NAME = /^(\d{4})[-_][a-z0-9_-]+(\.(up|down))?\.sql$/;

export const migrations: Check = {
  name: 'migrations are numbered and named alike in each dialect',
  find(tree) {
    const dialects = new Map<string, Set<string>>();
    for (const file of tree.files) {
      const [, dialect, name] = FILE.exec(file) ?? [];
      if (dialect === undefined || name === undefined || dialect === 'golden') continue;
      dialects.set(dialect, (dialects.get(dialect) ?? new Set()).add(name));
    }
    // D1 holds little of the schema, and has scripts of its own.
    const alike = [...dialects].filter(([dialect]) => dialect !== 'd1');
    const all = new Set(alike.flatMap(([, names]) => [...names]));
    const findings: Finding[] = [];
    for (const [dialect, names] of dialects) {
      findings.push(...[...names].flatMap((name) => wrongName(`migrations/${dialect}/${name}`, name)));
      for (const name of dialect === 'd1' ? [] : all) {
        const file = `migrations/${dialect}/${name}`;
        const message = `is missing: every dialect has the same parts, an empty one says why in a comment`;
        if (!names.has(name)) findings.push({ file, message });
      }
      findings.push(...wrongNumbers(dialect, names));
    }
    return findings;
  },
};

function wrongName(file: string, name: string): Finding[] {
  return NAME.test(name) ? [] : [{ file, message: 'is not named like 0001_jobs.sql' }];
}

function wrongNumbers(dialect: string, names: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const stems = new Map<number, string>();
  for (const name of [...names].sort()) {
    const number = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) continue;
    const stem = name.replace(/(\.(up|down))?\.sql$/, '');
    const file = `migrations/${dialect}/${name}`;
    const other = stems.get(number);
    const next = stems.size + 1;
    if (other !== undefined && other !== stem) findings.push({ file, message: `has the number of ${other}` });
    if (other === undefined && number !== next) findings.push({ file, message: `should have the number ${next}` });
    stems.set(number, stem);
  }
  return findings;
}
