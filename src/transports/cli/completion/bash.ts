import type { Place } from './tree.ts';

/** For bash 3 and newer; needs nothing but bash itself. */
export function bashScript(places: readonly Place[]): string {
  const next = places.map(({ words, next: choices }) => entry(words, choices.map(({ word }) => word)));
  const flags = places.map(({ words, flags: all }) => entry(words, all.map(({ word }) => word)));
  const values = places.flatMap(({ words, flags: all }) => all.flatMap(({ word, values: some, takesValue }) => (
    takesValue ? [entry(`${words} ${word}`, some)] : []
  )));
  return `# bash completion for waybill: source <(waybill completion bash)

__waybill_next() {
  case "$1" in
${lines(next)}
  esac
}

__waybill_flags() {
  case "$1" in
${lines(flags)}
  esac
}

# The values of a flag; fails for a flag that takes none.
__waybill_values() {
  case "$1" in
${lines(values)}
    *) return 1 ;;
  esac
}

_waybill() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev='' at='' i=1 word
  COMPREPLY=()
  # The words of the command come first.
  while [ "$i" -lt "$COMP_CWORD" ] && [ "$i" -le 2 ]; do
    word=\${COMP_WORDS[i]}
    [[ " $(__waybill_next "$at") " == *" $word "* ]] || break
    at=\${at:+$at }$word
    i=$((i + 1))
  done
  [ "$COMP_CWORD" -gt 0 ] && prev=\${COMP_WORDS[COMP_CWORD - 1]}
  # --flag=value is three words to bash.
  if [ "$cur" = '=' ]; then
    cur=''
  elif [ "$prev" = '=' ]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local values
  if [[ $prev == -* ]] && values=$(__waybill_values "$at $prev"); then
    [ -n "$values" ] && COMPREPLY=($(compgen -W "$values" -- "$cur"))
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(__waybill_flags "$at")" -- "$cur"))
  elif [ "$i" -eq "$COMP_CWORD" ]; then
    COMPREPLY=($(compgen -W "$(__waybill_next "$at")" -- "$cur"))
  fi
}

complete -o bashdefault -o default -F _waybill waybill
`;
}

function entry(pattern: string, words: readonly string[]): string | null {
  return words.length === 0 && !pattern.includes(' -') ? null : `    '${pattern}') echo '${words.join(' ')}' ;;`;
}

function lines(entries: readonly (string | null)[]): string {
  return entries.filter((each) => each !== null).join('\n');
}
