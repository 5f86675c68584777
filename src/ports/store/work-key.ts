/**
 * What the limits, counts, starts and turns of work go by, in every table: the kind with the type, so that two kinds
 * with one name for a type share nothing. No name of a kind has a slash in it (see `Kinds`).
 */
export function workKey(kind: string, type: string): string {
  return `${kind}/${type}`;
}

export function readWorkKey(key: string): { readonly kind: string; readonly type: string } {
  const at = key.indexOf('/');
  return { kind: key.slice(0, at), type: key.slice(at + 1) };
}
