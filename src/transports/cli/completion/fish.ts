import type { Place } from './tree.ts';

export function fishScript(places: readonly Place[]): string {
  return `# fish completion for waybill: waybill completion fish | source

# The words of the command before the cursor are these, and nothing but flags and their values may follow.
function __waybill_at
    set -l words (commandline -opc)[2..]
    set -l count (count $argv)
    test (count $words) -ge $count; or return 1
    for i in (seq $count)
        test "$words[$i]" = "$argv[$i]"; or return 1
    end
end

# The same, and the next word is to come.
function __waybill_next
    __waybill_at $argv; and test (count (commandline -opc)) -eq (math (count $argv) + 1)
end

${places.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ words, next, flags }: Place): readonly string[] {
  // The flags of a group, and of the program itself, stand for the command.
  const isCommand = words !== '' && (next.length === 0 || words.includes(' '));
  const when = `${isCommand ? '__waybill_at' : '__waybill_next'} ${words}`.trimEnd();
  return [
    ...next.map(({ word, about }) => (
      `complete -c waybill -f -n ${quoted(`__waybill_next ${words}`)} -a ${quoted(word)}${described(about)}`
    )),
    ...flags.map(({ word, about, takesValue, values }) => {
      const name = word.replace(/^--/, '');
      const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
      return `complete -c waybill -n ${quoted(when)} -l ${quoted(name)}${value}${described(about)}`;
    }),
  ];
}

function described(about: string): string {
  return about === '' ? '' : ` -d ${quoted(about)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
