/** What a kind says of its jobs to people, beside what all jobs have. Views are as the server answers them. */
export interface KindText<View = never> {
  /** A line of its own that says the status, in the stead of the usual one. */
  status?(view: View): string;
  /** Names and values; null is left out. */
  fields(view: View): readonly (readonly [name: string, value: string | number | null])[];
  /** What stands below: items, errors. Empty when there is nothing. */
  details(view: View): string;
}

/** By the name of the kind. A kind without one is shown by what all jobs have. */
export type KindTexts = Readonly<Record<string, () => Promise<KindText>>>;
