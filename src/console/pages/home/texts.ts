import { count, plural } from '../../language/format.ts';
import { texts } from '../../language/language.ts';

export const say = texts({
  en: {
    hello: (name: string) => `Hello, ${name}`,
    credits: 'Credits',
    available: 'available',
    held: (amount: number) => `${count(amount)} held by open jobs`,
    running: 'Running',
    waiting: 'Waiting',
    done: 'Done',
    failed: 'Failed',
    runningNow: 'Running now',
    all: 'All jobs',
    needsYou: 'Needs you',
    failures: (amount: number) => plural(amount, {
      one: '1 job has failed since yesterday', other: `${count(amount)} jobs have failed since yesterday`,
    }),
    lowCredits: (left: number) => plural(left, {
      one: 'Only 1 credit is left', other: `Only ${count(left)} credits are left`,
    }),
    noCredits: 'There are no credits left: what costs credits is refused until there are',
    calm: 'Nothing needs you',
    recent: 'Recent',
  },
  de: {
    hello: (name) => `Hallo, ${name}`,
    credits: 'Guthaben',
    available: 'verfügbar',
    held: (amount) => `${count(amount)} für offene Aufträge zurückgelegt`,
    running: 'Läuft',
    waiting: 'Wartet',
    done: 'Fertig',
    failed: 'Fehlgeschlagen',
    runningNow: 'Läuft gerade',
    all: 'Alle Aufträge',
    needsYou: 'Braucht Sie',
    failures: (amount) => plural(amount, {
      one: '1 Auftrag ist seit gestern fehlgeschlagen',
      other: `${count(amount)} Aufträge sind seit gestern fehlgeschlagen`,
    }),
    lowCredits: (left) => `Das Guthaben reicht nur noch für ${count(left)}`,
    noCredits: 'Das Guthaben ist aufgebraucht: Was etwas kostet, wird erst wieder angenommen, wenn welches da ist',
    calm: 'Nichts braucht Sie',
    recent: 'Zuletzt',
  },
});
