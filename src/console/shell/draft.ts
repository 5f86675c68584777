import { useEffect, useState, type Dispatch, type StateUpdater } from 'preact/hooks';
import { draftKeys, forgetDrafts } from './kept.ts';
import { user } from './session.ts';

const mostCharacters = 20_000;
const mostDrafts = 40;

/**
 * State of a form that is there again when its page is loaded anew: in this tab, for this user, until the form is sent
 * or the user logs out. Not for passwords. `keepable`: what of it may be kept.
 */
export function useDraft<T>(
  name: string, initial: T, keepable = (value: T): T => value,
): [T, Dispatch<StateUpdater<T>>] {
  const key = keyOf(name);
  const state = useState<T>(() => read(key, initial));
  const [value] = state;
  useEffect(() => write(key, value === initial ? undefined : keepable(value)), [value]);
  return state;
}

/** The form has been sent. Its fields are named `form.field`. */
export function forgetDraft(form: string): void {
  forgetDrafts(keyOf(form));
}

const keyOf = (name: string): string => `${user.peek()?.userId}.${name}`;

function read<T>(key: string, initial: T): T {
  try {
    const value = JSON.parse(sessionStorage.getItem(draftKeys.of(key)) ?? '') as T;
    // Another version of the form may have had fewer fields.
    return initial?.constructor === Object ? { ...initial, ...value } : value;
  } catch {
    return initial;
  }
}

function write(key: string, value: unknown): void {
  forgetDrafts(key);
  const text = JSON.stringify(value);
  if (value === undefined || text.length > mostCharacters) return;
  try {
    if (draftKeys.all().length < mostDrafts) sessionStorage.setItem(draftKeys.of(key), text);
  } catch {
    // A browser may refuse to keep anything.
  }
}
