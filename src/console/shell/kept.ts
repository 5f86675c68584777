/** What a browser keeps for the console. A browser may refuse to: then it lasts as long as the page. */

const prefix = 'waybill.';
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
