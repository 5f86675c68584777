/** Each status that a list is asked for: one, or several with commas between. Undefined: any. */
export function statusesOf(status: string | undefined): readonly string[] | undefined {
  return status === undefined ? undefined : [...new Set(status.split(','))];
}
