import { texts } from '../../../console/language/language.ts';

/** What is said of one job, on its page. */
export const say = texts({
  en: {
    events: {
      TaskCreated: 'Submitted', TaskStarted: 'Started',
      ProgressReported: (done: string) => `Progress: ${done}`,
      ProgressOf: (done: string, total: string) => `Progress: ${done} of ${total}`,
      ErrorReported: (message: string) => `Noted an error: ${message}`,
      CostReported: (cost: string) => `Cost ${cost}`, StepCompleted: (step: string) => `Step done: ${step}`,
      ChildStarted: 'Its handler started a task', TaskSuspended: 'Its handler waits: the attempt goes on later',
      DependentAdded: 'Another job waits for it', DependencyEnded: 'A job that it waited for has ended',
      CancelRequested: 'Somebody wants it canceled: its handler is told to stop',
      AttemptFailed: (message: string) => `The attempt failed: ${message}`,
      TaskReleased: 'Its worker gave it back', TaskCompleted: 'Done',
      TaskFailed: (message: string) => `Failed: ${message}`,
      TaskCanceled: (reason: string) => `Canceled: ${reason}`, TaskRetried: 'Somebody retried it: attempts count anew',
    },
  },
  de: {
    events: {
      TaskCreated: 'Eingereicht', TaskStarted: 'Begonnen',
      ProgressReported: (done) => `Fortschritt: ${done}`,
      ProgressOf: (done, total) => `Fortschritt: ${done} von ${total}`,
      ErrorReported: (message) => `Einen Fehler vermerkt: ${message}`, CostReported: (cost) => `Kosten ${cost}`,
      StepCompleted: (step) => `Schritt erledigt: ${step}`,
      ChildStarted: 'Sein Handler hat einen Auftrag gestartet',
      TaskSuspended: 'Sein Handler wartet: Der Versuch geht später weiter',
      DependentAdded: 'Ein anderer Auftrag wartet darauf',
      DependencyEnded: 'Ein Auftrag, auf den er wartete, ist zu Ende',
      CancelRequested: 'Jemand will ihn abbrechen: Sein Handler soll aufhören',
      AttemptFailed: (message) => `Der Versuch ist fehlgeschlagen: ${message}`,
      TaskReleased: 'Sein Worker hat ihn zurückgegeben', TaskCompleted: 'Fertig',
      TaskFailed: (message) => `Fehlgeschlagen: ${message}`, TaskCanceled: (reason) => `Abgebrochen: ${reason}`,
      TaskRetried: 'Jemand hat ihn wiederholt: Die Versuche zählen neu',
    },
  },
});
