import { Violation } from '../../../testing/simulator/invariant.ts';
import { runName } from './life.ts';

/** What a secret was set to, or null: it was deleted. */
type Setting = string | null;

/** What a secret was set to, one after the other, to be held against what agents are given. */
export class SecretBook {
  readonly name = 'token';
  readonly #settings: Setting[] = [];
  /** The settings from which on an execution may have been given one. */
  readonly #ofRuns = new Map<string, number>();
  /** The last one that a server said is stored: older ones are over. */
  #stored = 0;

  /** What is about to be asked of a server, once the server that was asked before has answered or is dead. */
  ask(isDeleted: boolean): { readonly value: Setting; readonly stored: () => void } {
    const number = this.#settings.length;
    const value = isDeleted ? null : `value-${number}-of-the-secret`;
    this.#settings.push(value);
    return { value, stored: () => void (this.#stored = number) };
  }

  /** The job was given to a worker: from now on what is stored now counts, or what is set later. */
  assigned(run: { readonly jobId: string; readonly token: number }): void {
    if (!this.#ofRuns.has(runName(run))) this.#ofRuns.set(runName(run), this.#stored);
  }

  /** Null: the execution failed since there is no such secret. */
  given(run: { readonly jobId: string; readonly token: number }, value: Setting): void {
    const from = this.#ofRuns.get(runName(run)) ?? 0;
    if (this.#settings.slice(from).includes(value)) return;
    throw new Violation('a job is given the secret that is stored', `${runName(run)}: ${value} of ${this.#settings}`);
  }

  /** In what is stored. */
  assertHidden(text: string): void {
    const shown = this.#settings.find((value) => value !== null && text.includes(value));
    if (shown !== undefined) throw new Violation('no value of a secret is stored', `${shown} in ${text}`);
  }
}
