/** Which jobs a command is about: those of every kind, or those of one under its own word. */
export interface Subject {
  /** The first word of its commands. */
  readonly noun: string;
  /** The same, as the first word of a sentence. */
  readonly title: string;
  /** Null: of every kind. */
  readonly kind: string | null;
}

export const everyJob: Subject = { noun: 'job', title: 'Job', kind: null };
