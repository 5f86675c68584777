import type { Choice, CompletedFlag, Place } from './tree.ts';

export function zshScript(places: readonly Place[]): string {
  const values = places.flatMap(({ words, flags }) => (
    flags.flatMap((flag) => (flag.takesValue ? [valueOf(words, flag)] : []))
  ));
  return `#compdef waybill
# zsh completion for waybill: source <(waybill completion zsh), after compinit

_waybill() {
  local at='' i=2
  local -a next flags values
  while (( i <= CURRENT )); do
    next=() flags=()
    case $at in
${places.map(placeOf).join('\n')}
    esac
    (( i < CURRENT && i <= 3 )) && (( \${next[(I)\${words[i]}(|:*)]} )) || break
    at=\${at:+$at }\${words[i]}
    (( i++ ))
  done
  # A flag and its value may be one word.
  local cur=\${words[CURRENT]} prev=\${words[CURRENT - 1]}
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    compset -P '*='
  fi
  case "$at $prev" in
${values.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    _describe -o flag flags
  elif (( i == CURRENT && $#next )); then
    _describe command next
  else
    _files
  fi
}

compdef _waybill waybill
`;
}

function placeOf({ words, next, flags }: Place): string {
  return `      ${quoted(words)}) next=(${described(next)}); flags=(${described(flags)}) ;;`;
}

function valueOf(words: string, { word, values }: CompletedFlag): string {
  const some = values.length === 0 ? '_files' : `values=(${values.map(quoted).join(' ')}); compadd -a values`;
  return `    ${quoted(`${words} ${word}`)}) ${some}; return ;;`;
}

function described(choices: readonly Choice[]): string {
  return choices.map(({ word, about }) => quoted(about === '' ? word : `${word}:${about}`)).join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
