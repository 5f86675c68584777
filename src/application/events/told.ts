import type { Dependencies } from '../dependencies.ts';

/** Events were stored: followers at any server may read them. */
export function tellOfEvents({ store, signals }: Pick<Dependencies, 'store' | 'signals'>): void {
  signals.events.notify();
  store.wakeUps?.notify('events');
}
