import { batch, computed, signal } from '@preact/signals';
import type { logRoutes } from '../../../../contract/logs.ts';
import type { RouteAnswer } from '../../../../contract/route.ts';

export type Line = RouteAnswer<(typeof logRoutes)['jobLogs']>['lines'][number];

/** Lines that are drawn together: only the last block changes as lines arrive. */
export interface Block {
  readonly id: number;
  readonly lines: readonly Line[];
}

/** Lines on screen at most; as many wait while the view is paused. */
export const mostLines = 5_000;
const blockSize = 100;

/** The newest lines of a log, as they come. */
export class LogBuffer {
  readonly blocks = signal<readonly Block[]>([]);
  /** Lines that came while it was paused. */
  readonly pending = signal(0);
  readonly isPaused = signal(false);
  /** Older ones are not held any more. */
  readonly isCut = signal(false);
  readonly hasEnded = signal(false);
  /** Lines that were deleted before they could be read. */
  readonly dropped = signal(0);
  readonly count = computed(() => this.blocks.value.reduce((sum, { lines }) => sum + lines.length, 0));
  #waiting: Line[] = [];

  add(lines: readonly Line[]): void {
    if (this.isPaused.peek()) {
      this.#waiting.push(...lines);
      this.#waiting.splice(0, this.#waiting.length - mostLines);
      this.pending.value += lines.length;
    } else this.#show(lines);
  }

  pause(): void {
    this.isPaused.value = true;
  }

  follow(): void {
    batch(() => {
      this.isPaused.value = false;
      const missed = this.pending.peek() - this.#waiting.length;
      // Of so many, what was shown before is no longer next to what comes.
      if (missed > 0) {
        this.blocks.value = [];
        this.isCut.value = true;
      }
      this.pending.value = 0;
      this.#show(this.#waiting);
      this.#waiting = [];
    });
  }

  #show(lines: readonly Line[]): void {
    const blocks = grown(this.blocks.peek(), lines);
    let excess = blocks.reduce((sum, block) => sum + block.lines.length, 0) - mostLines;
    let from = 0;
    // Whole blocks only: the others stay as they are.
    while (from < blocks.length && excess >= blocks[from]!.lines.length) {
      excess -= blocks[from]!.lines.length;
      from += 1;
    }
    batch(() => {
      this.blocks.value = blocks.slice(from);
      if (from > 0 || (this.blocks.peek()[0]?.lines[0]?.number ?? 1) > 1) this.isCut.value = true;
    });
  }
}

/** With more lines behind. */
export function grown(known: readonly Block[], lines: readonly Line[]): readonly Block[] {
  if (lines.length === 0) return known;
  const blocks = [...known];
  let at = 0;
  while (at < lines.length) {
    const last = blocks.at(-1);
    const isFull = last === undefined || last.lines.length >= blockSize;
    const room = isFull ? blockSize : blockSize - last.lines.length;
    const more = lines.slice(at, at + room);
    if (isFull) blocks.push({ id: more[0]!.number, lines: more });
    else blocks.splice(-1, 1, { ...last, lines: [...last.lines, ...more] });
    at += more.length;
  }
  return blocks;
}

/** Without what a terminal takes for colours and movements. */
export function plainText(text: string): string {
  return text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g, '');
}
