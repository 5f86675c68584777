/** The command line or the configuration is wrong: one line for the person who wrote it. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}
