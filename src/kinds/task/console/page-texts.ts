import { count, plural } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';

export const say = texts({
  en: {
    waiting: {
      dependencies: 'It waits for other jobs.', time: 'Its time has not come.', paused: 'Its type is paused.',
      worker: 'No worker asks for tasks of this type.', turn: 'Others are first.',
    },
    stopping: 'It is being stopped.', why: 'Why it waits', canceledBecause: 'Why it was canceled', input: 'Input',
    result: 'Result', errors: 'Errors', settings: 'Settings', noResult: 'None yet', priority: 'Priority',
    timeout: 'Time limit of an attempt', none: 'None', backoff: 'Pause between attempts',
    dedupeKey: 'Key against duplicates', concurrencyKey: 'Concurrency key', webhook: 'Webhook', schedule: 'Schedule',
    times: (n: number) => `${count(n)} ${plural(n, { one: 'time', other: 'times' })}`, stack: 'Where it was thrown',
    lastAt: 'last', items: (items: string) => `At ${items}`, moreItems: (n: number) => `and ${count(n)} more`,
    steps: {
      title: 'Steps', step: 'Step', state: 'State', at: 'When', took: 'Took',
      inAttempt: (n: string) => `attempt ${n}`,
    },
    page: {
      lead:
        'What holds for all tasks of one type: how many run at once, how fast they start, and how often they are ' +
        'tried.',
      caption: 'Task types', type: 'Type', running: 'Running', waiting: 'Waiting',
      oldest: 'Oldest waits',
      failures: 'Failed in 24 h', times: 'p50 · p95 in 24 h', wait: 'Wait', run: 'Run',
      dayText: (ended: string, failed: string) => `${ended} ended, ${failed} failed`,
      actions: 'Actions',
      rateText: (n: string, window: string) => `${n} starts in ${window}`,
      unasked: (time: string) => `No worker has asked for this type for ${time}`,
      unaskedNow: 'No worker asks for this type',
      paused: 'Paused', pause: 'Pause', resume: 'Resume', edit: 'Limits', pausedDone: 'Paused. What runs goes on.',
      resumedDone: 'Resumed.', saved: 'Saved.',
      none: 'No task types yet',
      noneText: 'A type appears with its first task, or when you set a limit for it. A worker is a few lines of code:',
      failedLink: (type: string) => `Failed tasks of ${type}`,
      dialog: (type: string) => `Limits of ${type}`, maxRunning: 'At once',
      maxRunningHint: 'Never exceeded, across all workers. Empty: no limit.',
      perKey: 'At once with the same key', rateCount: 'Starts at most', rateWindow: 'Within (seconds)',
      rateHint: 'Empty: no limit.',
      maxAttempts: 'Attempts at most', timeout: 'Time limit of an attempt (seconds)',
      timeoutHint: 'Empty: none, as long as its worker is alive.',
      searchable: 'Found by',
      searchableHint: 'Keys of the data, such as sku, customer.id: the filter of jobs finds new tasks by sku:A-17.',
      defaults: 'For new tasks that do not say otherwise', newType: 'Set limits for a type…', newTypeName: 'Type',
      mustBeNumber: (from: string, to: string) => `A number from ${from} to ${to}.`,
    },
  },
  de: {
    waiting: {
      dependencies: 'Er wartet auf andere Aufträge.', time: 'Seine Zeit ist noch nicht gekommen.',
      paused: 'Sein Typ ist angehalten.', worker: 'Kein Worker fragt nach Tasks dieses Typs.',
      turn: 'Andere sind vorher dran.',
    },
    stopping: 'Er wird gerade angehalten.', why: 'Warum er wartet', canceledBecause: 'Warum er abgebrochen wurde',
    input: 'Eingabe', result: 'Ergebnis', errors: 'Fehler', settings: 'Einstellungen', noResult: 'Noch keines',
    priority: 'Priorität', timeout: 'Zeitlimit eines Versuchs', none: 'Keines', backoff: 'Pause zwischen Versuchen',
    dedupeKey: 'Schlüssel gegen Doppelte', concurrencyKey: 'Schlüssel für Gleichzeitigkeit', webhook: 'Webhook',
    schedule: 'Zeitplan', times: (n) => `${count(n)}-mal`, stack: 'Wo er entstand', lastAt: 'zuletzt',
    items: (items) => `Bei ${items}`, moreItems: (n) => `und ${count(n)} weiteren`,
    steps: {
      title: 'Schritte', step: 'Schritt', state: 'Zustand', at: 'Wann', took: 'Dauer',
      inAttempt: (n) => `Versuch ${n}`,
    },
    page: {
      lead:
        'Was für alle Tasks eines Typs gilt: wie viele zugleich laufen, wie schnell sie beginnen und wie oft sie ' +
        'versucht werden.',
      caption: 'Task-Typen', type: 'Typ', running: 'Laufen', waiting: 'Warten',
      oldest: 'Ältester wartet',
      failures: 'Fehler in 24 h', times: 'p50 · p95 in 24 h', wait: 'Warten', run: 'Lauf',
      dayText: (ended, failed) => `${ended} beendet, ${failed} fehlgeschlagen`,
      actions: 'Aktionen',
      rateText: (n, window) => `${n} Starts in ${window}`,
      unasked: (time) => `Seit ${time} hat kein Worker nach diesem Typ gefragt`,
      unaskedNow: 'Kein Worker fragt nach diesem Typ',
      paused: 'Angehalten', pause: 'Anhalten', resume: 'Fortsetzen', edit: 'Grenzen',
      pausedDone: 'Angehalten. Was läuft, läuft weiter.', resumedDone: 'Fortgesetzt.', saved: 'Gespeichert.',
      none: 'Noch keine Task-Typen',
      noneText:
        'Ein Typ erscheint mit seinem ersten Task, oder wenn Sie Grenzen für ihn setzen. Ein Worker sind ein paar ' +
        'Zeilen Code:',
      failedLink: (type) => `Fehlgeschlagene Tasks von ${type}`,
      dialog: (type) => `Grenzen von ${type}`, maxRunning: 'Zugleich',
      maxRunningHint: 'Wird nie überschritten, über alle Worker. Leer: keine Grenze.',
      perKey: 'Zugleich mit demselben Schlüssel',
      rateCount: 'Starts höchstens', rateWindow: 'Innerhalb von (Sekunden)', rateHint: 'Leer: keine Grenze.',
      maxAttempts: 'Versuche höchstens', timeout: 'Zeitlimit eines Versuchs (Sekunden)',
      timeoutHint: 'Leer: keines, solange sein Worker lebt.', searchable: 'Auffindbar nach',
      searchableHint:
        'Schlüssel der Daten wie sku, customer.id: Neue Tasks findet der Filter der Aufträge mit sku:A-17.',
      defaults: 'Für neue Tasks, die nichts anderes sagen',
      newType: 'Grenzen für einen Typ setzen …', newTypeName: 'Typ',
      mustBeNumber: (from, to) => `Eine Zahl von ${from} bis ${to}.`,
    },
  },
});
