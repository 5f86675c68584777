import type { FakeClock } from '../../../testing/fake-clock.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Agenda } from '../../../testing/simulator/agenda.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import type { Tally } from '../../../testing/simulator/tally.ts';
import type { SimulatedFiles } from './files.ts';
import type { RunBook } from './run-book.ts';
import type { SecretBook } from './secret-book.ts';

/** What providers and agents have of the world around them. */
export interface Outside {
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly agenda: Agenda;
  readonly book: RunBook;
  readonly secrets: SecretBook;
  readonly files: SimulatedFiles;
  readonly tally: Tally;
  readonly leaseMs: number;
  /** Whether anything still fails. */
  readonly isWild: boolean;
  /** A server that agents can reach now; null when there is none. */
  anyLife(): Life | null;
  /** One of the awaits at which the server may die. */
  point(life: Life): void;
  note(line: string): void;
  /** Ends the play with what work that nobody waits for throws. */
  watch(work: Promise<void>): void;
}
