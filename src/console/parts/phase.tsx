import { Ban, Check, CircleDashed, LoaderCircle, X, type LucideIcon } from 'lucide-preact';
import type { ListedJob } from '../page.ts';
import { texts } from '../language/language.ts';

type Phase = ListedJob['phase'];

const say = texts({
  en: { waiting: 'Waiting', active: 'Running', succeeded: 'Done', failed: 'Failed', canceled: 'Canceled' },
  de: { waiting: 'Wartet', active: 'Läuft', succeeded: 'Fertig', failed: 'Fehlgeschlagen', canceled: 'Abgebrochen' },
});

const icons: Readonly<Record<Phase, LucideIcon>> = {
  waiting: CircleDashed, active: LoaderCircle, succeeded: Check, failed: X, canceled: Ban,
};

export function phaseText(phase: Phase): string {
  return say()[phase];
}

/** Where a job is: an icon, a word and a colour, any of which is enough. */
export function PhaseMark({ phase, text }: { readonly phase: Phase; readonly text?: string }) {
  const Icon = icons[phase];
  return (
    <span class={`phase ${phase}`}>
      <Icon size={14} aria-hidden="true" />
      {text ?? phaseText(phase)}
    </span>
  );
}
