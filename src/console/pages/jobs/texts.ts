import { plural } from '../../language/format.ts';
import { texts } from '../../language/language.ts';

const jobs = (n: number, text: string): string => `${text} ${plural(n, { one: 'job', other: 'jobs' })}`;
const auftraege = (n: number, text: string): string => `${text} ${plural(n, { one: 'Auftrag', other: 'Aufträge' })}`;

export const say = texts({
  en: {
    title: 'Jobs', caption: 'Jobs, newest first',
    columns: {
      job: 'Job', kind: 'Kind', id: 'ID', state: 'State', progress: 'Progress', cost: 'Cost', owner: 'Owner',
      type: 'Type', labels: 'Labels', created: 'Created', took: 'Took', updated: 'Changed',
    },
    chooseColumns: 'Columns', columnsKept: 'Kept in this browser.',
    none: 'No jobs yet',
    noneText: 'Jobs of every kind are listed here, newest first. Make the first one from a terminal:',
    noMatch: 'No job matches', noMatchText: 'No job has all of what the filter asks for.', clear: 'Clear the filter',
    total: (n: number, text: string) => jobs(n, text),
    totalAtLeast: (text: string) => `more than ${text} jobs`,
    fresh: (text: string) => `${text} new`, freshHint: 'Show the newest jobs',
    selectAll: 'Select all jobs on the page', select: (title: string) => `Select ${title}`,
    selected: (n: number, text: string) => `${jobs(n, text)} selected`,
    selectMatching: (text: string) => `Select all ${text} that match`,
    selectedMatching: (text: string) => `All ${text} jobs that match are selected`,
    selectedFirst: (text: string) => `The newest ${text} jobs that match are selected`,
    unselect: 'Clear the selection',
    bulk: { cancel: 'Cancel', retry: 'Retry', delete: 'Delete' },
    bulkTitle: {
      cancel: (n: number, text: string) => `Cancel ${jobs(n, text)}?`,
      retry: (n: number, text: string) => `Retry ${jobs(n, text)}?`,
      delete: (n: number, text: string) => `Delete ${jobs(n, text)}?`,
    },
    bulkText: {
      cancel: 'Jobs that run are told to stop. What was delivered stays paid; the rest is not charged.',
      retry: 'They start again from the first attempt.',
      delete: 'They and their logs are gone for good.',
    },
    bulkSkips: (text: string) => `${text} of the selected jobs are left alone: this cannot be done to them.`,
    bulkNone: {
      cancel: 'None of these can be canceled: they have ended.',
      retry: 'None of these can be retried: only jobs that failed or were canceled can.',
      delete: 'None of these can be deleted: only tasks that have ended can.',
    },
    bulkAction: {
      cancel: (n: number, text: string) => `Cancel ${jobs(n, text)}`,
      retry: (n: number, text: string) => `Retry ${jobs(n, text)}`,
      delete: (n: number, text: string) => `Delete ${jobs(n, text)}`,
    },
    bulkRunning: (done: string, all: string) => `${done} of ${all}`,
    bulkDone: (n: number, text: string) => `Done: ${jobs(n, text)}.`,
    bulkFailed: (done: string, failed: string) => `${done} done, ${failed} refused.`,
    collecting: 'Reading the list…', stop: 'Stop',
    exportCsv: 'Export CSV', exporting: (text: string) => `Exporting: ${text}`,
    exported: (n: number, text: string) => `Exported ${jobs(n, text)}.`,
    exportedFirst: (text: string) => `Exported the newest ${text} jobs; there are more.`,
    filter: {
      label: 'Filter', placeholder: 'Filter by kind, status, type, time…, or paste an id',
      remove: (term: string) => `Remove the filter ${term}`, goTo: (id: string) => `Go to job ${id}`,
      suggestions: 'Suggestions', noJob: 'There is no job whose id begins like this.',
      hints: {
        kind: 'kind of job', status: 'state, as the API says it', phase: 'what states have in common', type: 'type',
        owner: 'whose', label: 'name:value', after: 'made since: 24h, 2026-11-29',
        before: 'made before: 7d, 2026-11-29',
      },
      times: {
        '1h': 'an hour ago', today: 'since midnight', '24h': 'a day ago', '7d': 'a week ago', '30d': '30 days ago',
      },
      problems: {
        label: 'A label is name:value.', time: 'A time is 24h, 7d, today or 2026-11-29.',
        phase: 'One of waiting, active, succeeded, failed, canceled.', long: 'This is too long.',
        unknown: 'Write a filter such as status:failed, or paste the id of a job.',
      },
    },
  },
  de: {
    title: 'Aufträge', caption: 'Aufträge, die neuesten zuerst',
    columns: {
      job: 'Auftrag', kind: 'Art', id: 'ID', state: 'Zustand', progress: 'Fortschritt', cost: 'Kosten',
      owner: 'Besitzer', type: 'Typ', labels: 'Labels', created: 'Erstellt', took: 'Dauer', updated: 'Geändert',
    },
    chooseColumns: 'Spalten', columnsKept: 'Wird in diesem Browser gespeichert.',
    none: 'Noch keine Aufträge',
    noneText: 'Hier stehen Aufträge jeder Art, die neuesten zuerst. Den ersten legen Sie im Terminal an:',
    noMatch: 'Kein Auftrag passt', noMatchText: 'Kein Auftrag hat alles, wonach gefiltert wird.',
    clear: 'Filter aufheben',
    total: (n, text) => auftraege(n, text),
    totalAtLeast: (text) => `mehr als ${text} Aufträge`,
    fresh: (text) => `${text} neu`, freshHint: 'Die neuesten Aufträge zeigen',
    selectAll: 'Alle Aufträge der Seite auswählen', select: (title) => `${title} auswählen`,
    selected: (n, text) => `${auftraege(n, text)} ausgewählt`,
    selectMatching: (text) => `Alle ${text} passenden auswählen`,
    selectedMatching: (text) => `Alle ${text} passenden Aufträge sind ausgewählt`,
    selectedFirst: (text) => `Die neuesten ${text} passenden Aufträge sind ausgewählt`,
    unselect: 'Auswahl aufheben',
    bulk: { cancel: 'Abbrechen', retry: 'Wiederholen', delete: 'Löschen' },
    bulkTitle: {
      cancel: (n, text) => `${auftraege(n, text)} abbrechen?`,
      retry: (n, text) => `${auftraege(n, text)} wiederholen?`,
      delete: (n, text) => `${auftraege(n, text)} löschen?`,
    },
    bulkText: {
      cancel: 'Laufende Aufträge werden angehalten. Was geliefert ist, bleibt bezahlt; der Rest wird nicht berechnet.',
      retry: 'Sie beginnen wieder beim ersten Versuch.',
      delete: 'Sie und ihre Protokolle sind dann endgültig weg.',
    },
    bulkSkips: (text) => `${text} der ausgewählten Aufträge bleiben, wie sie sind: Bei ihnen geht das nicht.`,
    bulkNone: {
      cancel: 'Keiner davon lässt sich abbrechen: Sie sind zu Ende.',
      retry: 'Keiner davon lässt sich wiederholen: Das geht nur nach einem Fehlschlag oder Abbruch.',
      delete: 'Keiner davon lässt sich löschen: Das geht nur bei beendeten Tasks.',
    },
    bulkAction: {
      cancel: (n, text) => `${auftraege(n, text)} abbrechen`,
      retry: (n, text) => `${auftraege(n, text)} wiederholen`,
      delete: (n, text) => `${auftraege(n, text)} löschen`,
    },
    bulkRunning: (done, all) => `${done} von ${all}`,
    bulkDone: (n, text) => `Erledigt: ${auftraege(n, text)}.`,
    bulkFailed: (done, failed) => `${done} erledigt, ${failed} abgelehnt.`,
    collecting: 'Die Liste wird gelesen …', stop: 'Anhalten',
    exportCsv: 'CSV exportieren', exporting: (text) => `Export: ${text}`,
    exported: (n, text) => `${auftraege(n, text)} exportiert.`,
    exportedFirst: (text) => `Die neuesten ${text} Aufträge sind exportiert; es gibt mehr.`,
    filter: {
      label: 'Filter', placeholder: 'Nach Art, Status, Typ, Zeit … filtern, oder eine ID einfügen',
      remove: (term) => `Filter ${term} entfernen`, goTo: (id) => `Zum Auftrag ${id}`,
      suggestions: 'Vorschläge', noJob: 'Es gibt keinen Auftrag, dessen ID so beginnt.',
      hints: {
        kind: 'Art des Auftrags', status: 'Zustand, wie ihn die API nennt', phase: 'was Zustände gemeinsam haben',
        type: 'Typ', owner: 'wessen', label: 'Name:Wert', after: 'erstellt seit: 24h, 2026-11-29',
        before: 'erstellt vor: 7d, 2026-11-29',
      },
      times: {
        '1h': 'vor einer Stunde', today: 'seit Mitternacht', '24h': 'vor einem Tag', '7d': 'vor einer Woche',
        '30d': 'vor 30 Tagen',
      },
      problems: {
        label: 'Ein Label ist Name:Wert.', time: 'Eine Zeit ist 24h, 7d, today oder 2026-11-29.',
        phase: 'Eines von waiting, active, succeeded, failed, canceled.', long: 'Das ist zu lang.',
        unknown: 'Schreiben Sie einen Filter wie status:failed, oder fügen Sie die ID eines Auftrags ein.',
      },
    },
  },
});
