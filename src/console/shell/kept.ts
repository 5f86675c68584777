/** What a browser keeps for the console. A browser may refuse to: then it lasts as long as the page. */

const prefix = 'waybill.';
const ofDrafts = `${prefix}draft.`;
const here = new Map<string, string>();

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return here.get(name) ?? null;
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    if (value === null) here.delete(name);
    else here.set(name, value);
  }
}

/** Where forms keep what was typed into them, for as long as the tab is open. */
export const draftKeys = {
  of: (name: string): string => ofDrafts + name,
  all: (): string[] => Object.keys(sessionStorage).filter((key) => key.startsWith(ofDrafts)),
};

/** Those whose names begin so; all of them otherwise. */
export function forgetDrafts(beginning = ''): void {
  try {
    for (const key of draftKeys.all()) {
      if (key.startsWith(ofDrafts + beginning)) sessionStorage.removeItem(key);
    }
  } catch {
    // A browser may refuse to keep anything.
  }
}
