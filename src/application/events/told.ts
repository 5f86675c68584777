import type { Dependencies } from '../dependencies.ts';

/** Events were stored: whoever follows them, at any server, may look for them. */
export function tellOfEvents({ store, signals }: Pick<Dependencies, 'store' | 'signals'>): void {
  signals.events.notify();
  store.wakeUps?.notify('events');
}
