import { Search, X } from 'lucide-preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ListedJob } from '../../page.ts';
import { api } from '../../server/api.ts';
import { useJobNames, useKinds } from '../../shell/kinds.ts';
import { go } from '../../shell/router.ts';
import { idStart, parseTerm, problemOf, queryOf, withTerm, type Term } from './filter.ts';
import { jobsByIdStart, useSuggestions, type Suggestion } from './suggestions.ts';
import { say } from './texts.ts';

type Problem = 'label' | 'time' | 'phase' | 'long' | 'unknown' | 'noJob';

/** What the list is narrowed by, and a field that completes what is typed (WAI-ARIA's combobox with a list). */
export function FilterBar({ terms, jobs }: { readonly terms: readonly Term[]; readonly jobs: readonly ListedJob[] }) {
  const box = useCombobox(terms, jobs);
  const { text, at, suggestions, isShown, problem, input } = box;
  const id = useId();
  return (
    <div class="filter-bar">
      <div class="filter-field">
        <Search size={16} aria-hidden="true" />
        {terms.map((term) => (
          <Chip key={`${term.name}:${term.value}`} term={term} onRemove={() => box.remove(term)} />
        ))}
        <input
          ref={input} type="text" role="combobox" aria-label={say().filter.label} aria-autocomplete="list"
          aria-expanded={isShown} aria-controls={`${id}-list`} autocomplete="off" spellcheck={false}
          aria-activedescendant={isShown && at !== -1 ? `${id}-${at}` : undefined}
          aria-describedby={problem === null ? undefined : `${id}-problem`} aria-invalid={problem !== null || undefined}
          placeholder={terms.length === 0 ? say().filter.placeholder : undefined} value={text}
          onInput={({ currentTarget }) => box.write(currentTarget.value)} onKeyDown={box.onKey}
          onFocus={box.learn} onClick={box.open} onBlur={box.close}
        />
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label={say().filter.suggestions} class="suggestions" hidden={!isShown}>
        {suggestions.map((suggestion, index) => (
          <li
            key={suggestion.id} id={`${id}-${index}`} role="option" aria-selected={index === at}
            // Before the field loses the focus, which closes the list.
            onMouseDown={(event) => {
              event.preventDefault();
              box.take(suggestion);
            }}
          >
            <span>{suggestion.text}</span><span class="quiet small">{suggestion.hint}</span>
          </li>
        ))}
      </ul>
      {problem !== null && (
        <p class="problem" role="alert" id={`${id}-problem`}>
          {problem === 'noJob' ? say().filter.noJob : say().filter.problems[problem]}
        </p>
      )}
    </div>
  );
}

function Chip({ term: { name, value }, onRemove }: { readonly term: Term; readonly onRemove: () => void }) {
  return (
    <button type="button" class="chip" aria-label={say().filter.remove(`${name}:${value}`)} onClick={onRemove}>
      <span><b>{name}:</b>{value}</span><X size={14} aria-hidden="true" />
    </button>
  );
}

/** What the field holds, and what keys do in it. */
function useCombobox(terms: readonly Term[], jobs: readonly ListedJob[]) {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [statuses, learnStatuses] = useStatuses();
  const [labelNames, learnNames] = useLabelNames();
  const learn = (): void => {
    learnStatuses();
    learnNames();
  };
  const suggestions = useSuggestions(text, { jobs, statuses, labelNames, terms, found: useFound(text) });
  const { pathOf } = useJobNames();
  const input = useRef<HTMLInputElement>(null);
  const isShown = isOpen && suggestions.length > 0;
  const write = (value: string): void => {
    setText(value);
    setAt(-1);
    setProblem(null);
    setOpen(true);
  };
  const change = (to: readonly Term[]): void => go(`/jobs${queryOf(to)}`);
  const add = (term: Term): void => {
    const wrong = problemOf(term);
    if (wrong !== null) return setProblem(wrong);
    write('');
    setOpen(false);
    change(withTerm(terms, term));
  };
  const take = ({ does }: Suggestion): void => {
    if (does.type === 'begin') write(does.text);
    else if (does.type === 'add') add(does.term);
    else go(pathOf(does.job));
    input.current?.focus();
  };
  const enter = async (): Promise<void> => {
    const chosen = suggestions[at];
    if (chosen !== undefined) return take(chosen);
    const term = parseTerm(text, labelNames);
    if (term !== null) return add(term);
    if (text.trim() === '') return;
    const job = await firstByIdStart(text);
    if (job !== null) go(pathOf(job));
    else setProblem(idStart(text) === null ? 'unknown' : 'noJob');
  };
  const move = (by: number): void => {
    setOpen(true);
    const count = suggestions.length;
    if (count > 0) setAt(at === -1 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter') void enter();
    else if (event.key === 'Escape' && isShown) setOpen(false);
    else if (event.key === 'Escape' && text !== '') write('');
    else if (event.key === 'Tab' && isShown && at !== -1) take(suggestions[at]!);
    else if (event.key === 'Backspace' && text === '' && terms.length > 0) return change(terms.slice(0, -1));
    else return;
    event.preventDefault();
  };
  return {
    text, at, suggestions, isShown, problem, input, write, take, onKey, learn,
    open: () => setOpen(true), close: () => setOpen(false),
    remove: (term: Term) => change(terms.filter((one) => one !== term)),
  };
}

async function firstByIdStart(text: string): Promise<ListedJob | null> {
  const [job = null] = await jobsByIdStart(text, new AbortController().signal).catch(() => []);
  return job;
}

/** The states that jobs of the user are in, once somebody wants to filter by them. */
function useStatuses(): readonly [readonly { readonly kind: string; readonly status: string }[], () => void] {
  const [statuses, setStatuses] = useState<readonly { kind: string; status: string }[] | null>(null);
  const learn = (): void => {
    if (statuses !== null) return;
    setStatuses([]);
    api().jobStats().then(({ counts }) => setStatuses(counts), () => setStatuses(null));
  };
  return [statuses ?? [], learn];
}

/** What jobs are found by, as their kinds say it; a kind whose server does not answer has none. */
function useLabelNames(): readonly [readonly string[], () => void] {
  const kinds = useKinds();
  const [names, setNames] = useState<readonly string[] | null>(null);
  const learn = (): void => {
    if (names !== null) return;
    setNames([]);
    void Promise.all(kinds.map(({ labelNames }) => labelNames?.().catch(() => []) ?? []))
      .then((all) => setNames([...new Set(all.flat())].sort()));
  };
  return [names ?? [], learn];
}

const typingMs = 200;

/** The jobs whose ids begin as what is typed. */
function useFound(text: string): readonly ListedJob[] {
  const [found, setFound] = useState<readonly ListedJob[]>([]);
  useEffect(() => {
    setFound([]);
    if (idStart(text) === null) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      jobsByIdStart(text, stop.signal).then((jobs) => !stop.signal.aborted && setFound(jobs), () => {});
    }, typingMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return found;
}
