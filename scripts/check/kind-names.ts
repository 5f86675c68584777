import type { Check, Finding } from './tree.ts';

/** What goes by the registry of kinds, and names none of them: not in code, in text for people or in comments. */
const CORE = /^src\/(domain|ports|application|services|contract|transports|client|stores|testing|worker)\//;

/**
 * How kinds are named: `image-set`, `imageSet`, `ImageSets`, "image sets", or by their items ("photos"). A folder of
 * src/kinds that is not listed here is looked for by its own name. A kind whose name the core uses for something else
 * (a command is what a job is asked to do) needs a line here: it is found only by the string under which it is stored.
 */
const KIND_NAMES: Readonly<Record<string, RegExp>> = {
  'image-set': new RegExp(`${named('image', 'set').source}|[Pp]hotos?`),
  task: named('task'),
  command: /(?<=kind\W{1,4})'command'/,
  'product-image': named('product', 'image'),
};

function named(...words: readonly string[]): RegExp {
  const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
  const [first = '', ...rest] = words;
  const end = rest.map((word) => `[-_ ]?(?:${word}|${capital(word)})`).join('');
  return new RegExp(`(?:(?<![A-Za-z])${first}|${capital(first)})${end}s?(?![a-z])`);
}

export const kindNames: Check = {
  name: 'the core knows no kind of job by its name',
  find({ modules, texts }) {
    const findings: Finding[] = [];
    const folders = [...modules.keys()].flatMap((file) => /^src\/kinds\/([^/]+)\//.exec(file)?.[1] ?? []);
    const names = { ...Object.fromEntries(folders.map((kind) => [kind, named(...kind.split('-'))])), ...KIND_NAMES };
    for (const file of modules.keys()) {
      if (!CORE.test(file)) continue;
      for (const [index, text] of (texts.get(file) ?? '').split('\n').entries()) {
        for (const [kind, name] of Object.entries(names)) {
          const found = name.exec(text)?.[0];
          if (found === undefined) continue;
          const message =
            `says ${JSON.stringify(found)}: the core must not name the kind ${kind}. Use the registry of kinds; ` +
            'if the word means something else here, give the kind a pattern in scripts/check/kind-names.ts';
          findings.push({ file, line: index + 1, message });
        }
      }
    }
    return findings;
  },
};
