import { lookalike } from '../../contract/input/lookalike.ts';

/** What other programs call what is done here by another word. */
const synonyms: Readonly<Record<string, string>> = {
  submit: 'run', start: 'run', show: 'get', describe: 'get', status: 'get', ls: 'list', follow: 'watch', tail: 'logs',
  stop: 'cancel', kill: 'cancel', abort: 'cancel', rm: 'delete', remove: 'delete', add: 'create', new: 'create',
};

/** For a command line that names no command: what is wrong with it, and what was probably meant. */
export function whatWasMeant(names: readonly string[], rest: readonly string[]): string {
  const [first = '', second] = rest;
  const inGroup = names.map((name) => name.split(' ')).filter(([group, name]) => group === first && name);
  // There are both `job` and `jobs`.
  const other = names.find((name) => name === `${first.replace(/s$/, '')} ${second}`);
  if (other !== undefined) return `there is no command "${first} ${second}": did you mean "${other}"?`;
  if (inGroup.length > 0) return within(first, second, inGroup.map(([, name = '']) => name));
  if (first.startsWith('-')) return `${first} stands before the command: write it after the command`;
  const group = lookalike(first, new Set(names.map((name) => name.split(' ', 1)[0] ?? '')));
  if (group === null) return `there is no command "${first}": \`waybill --help\` lists them`;
  const verbs = names.flatMap((name) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
  const verb = second === undefined ? null : meantVerb(second, verbs);
  return `there is no command "${first}": did you mean "${verb === null ? group : `${group} ${verb}`}"?`;
}

function within(group: string, verb: string | undefined, verbs: readonly string[]): string {
  const all = verbs.join(', ');
  if (verb === undefined || verb.startsWith('-')) return `"${group}" needs one of ${all}`;
  const meant = meantVerb(verb, verbs);
  const problem = `there is no command "${group} ${verb}":`;
  return meant === null ? `${problem} one of ${all}` : `${problem} did you mean "${group} ${meant}"?`;
}

function meantVerb(word: string, verbs: readonly string[]): string | null {
  const synonym = Object.hasOwn(synonyms, word) ? synonyms[word] : undefined;
  return synonym !== undefined && verbs.includes(synonym) ? synonym : lookalike(word, verbs);
}
