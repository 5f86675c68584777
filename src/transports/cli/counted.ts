/** A number with its noun: `1 job`, `2 jobs`. */
export function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
