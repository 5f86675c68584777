import { texts } from '../../language/language.ts';

export const say = texts({
  en: {
    title: 'Schedules', lead: 'Jobs that are submitted at each tick, exactly once, however many servers run.',
    create: 'New schedule', edit: 'Edit', editTitle: (name: string) => `Edit ${name}`, caption: 'Schedules, by name',
    schedule: 'Schedule', when: 'When', next: 'Next', last: 'Last', actions: 'Actions', never: 'not yet',
    runNow: 'Run now', ran: 'Submitted.', pause: 'Pause', paused: 'Paused', pausedDone: 'Paused: nothing is submitted.',
    resume: 'Resume', resumed: 'Resumed.', remove: 'Delete', removed: 'Deleted.',
    removeTitle: (name: string) => `Delete ${name}?`,
    removeText: 'Jobs that it has submitted are kept.', ownerDisabled: 'Its owner is disabled',
    kindUnknown: 'This server does not take jobs of its kind', saved: 'Saved.', more: 'The next five',
    clockChange: 'the clocks have changed', inZone: (zone: string) => `in ${zone}`, none: 'No schedules yet',
    noneText: 'A schedule submits a job by itself: every night, on weekdays at 8:00, every 15 minutes.',
    name: 'Name', cron: 'Cron expression', cronHint: 'Minute, hour, day of month, month, day of week: 0 8 * * 1-5',
    cronWords: (words: string) => `In words: ${words}`, zone: 'Time zone', missed: 'Ticks that no server was there for',
    missedOptions: { once: 'One job for all of them', skip: 'None', all: 'One job for each, the newest 100' },
    kind: 'Kind of job', enabled: 'Submit jobs', notJson: 'This is not JSON.',
    inexact: 'Its job has a number that a browser cannot send with all of its digits. Change it by the API.',
    owner: 'Owner',
  },
  de: {
    title: 'Zeitpläne',
    lead: 'Aufträge, die zu jedem Zeitpunkt genau einmal eingereicht werden, wie viele Server auch laufen.',
    create: 'Neuer Zeitplan', edit: 'Bearbeiten', editTitle: (name) => `${name} bearbeiten`,
    caption: 'Zeitpläne, nach Namen', schedule: 'Zeitplan', when: 'Wann', next: 'Nächster', last: 'Letzter',
    actions: 'Aktionen', never: 'noch nie', runNow: 'Jetzt ausführen', ran: 'Eingereicht.', pause: 'Anhalten',
    paused: 'Angehalten', pausedDone: 'Angehalten: Es wird nichts eingereicht.', resume: 'Fortsetzen',
    resumed: 'Fortgesetzt.', remove: 'Löschen', removed: 'Gelöscht.', removeTitle: (name) => `${name} löschen?`,
    removeText: 'Aufträge, die er eingereicht hat, bleiben.', ownerDisabled: 'Sein Besitzer ist gesperrt',
    kindUnknown: 'Dieser Server nimmt Aufträge seiner Art nicht an', saved: 'Gespeichert.', more: 'Die nächsten fünf',
    clockChange: 'die Uhr ist umgestellt', inZone: (zone) => `in ${zone}`, none: 'Noch keine Zeitpläne',
    noneText:
      'Ein Zeitplan reicht von selbst einen Auftrag ein: jede Nacht, montags bis freitags um 8:00 Uhr, alle 15 ' +
      'Minuten.',
    name: 'Name', cron: 'Cron-Ausdruck', cronHint: 'Minute, Stunde, Tag, Monat, Wochentag: 0 8 * * 1-5',
    cronWords: (words) => `In Worten: ${words}`, zone: 'Zeitzone', missed: 'Zeitpunkte, zu denen kein Server da war',
    missedOptions: { once: 'Ein Auftrag für alle', skip: 'Keiner', all: 'Je einer, für die neuesten 100' },
    kind: 'Art des Auftrags', enabled: 'Aufträge einreichen', notJson: 'Das ist kein JSON.',
    inexact:
      'Sein Auftrag hat eine Zahl, die ein Browser nicht mit allen Ziffern senden kann. Ändern Sie ihn über die API.',
    owner: 'Besitzer',
  },
});
