import { signal, type ReadonlySignal } from '@preact/signals';
import { kept, keep } from '../shell/kept.ts';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const chosen = signal<Language>(first());
export const language: ReadonlySignal<Language> = chosen;

export function chooseLanguage(to: Language): void {
  chosen.value = to;
  keep('language', to);
  document.documentElement.lang = to;
}

function first(): Language {
  const wanted = [kept('language'), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  const known = wanted.find((tag): tag is Language => tag !== null && Object.hasOwn(languages, tag)) ?? 'en';
  document.documentElement.lang = known;
  return known;
}

/** A text, or one that is made of something: `(count: number) => string`. */
type Texts = { readonly [name: string]: string | ((...given: never[]) => string) | Texts };
/** The same names, with what they are made of, in another language. */
type Same<T> = {
  readonly [N in keyof T]: T[N] extends string
    ? string
    : T[N] extends (...given: infer G) => string
      ? (...given: G) => string
      : Same<T[N]>;
};

/**
 * The texts of a part in every language. `say()` gives those of the chosen one; whatever calls it is shown again when
 * another is chosen. A text that one language lacks does not compile.
 */
export function texts<const T extends Texts>(all: { readonly en: T; readonly de: Same<T> }): () => Same<T> {
  return () => all[language.value] as Same<T>;
}
