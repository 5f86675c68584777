import { texts } from '../../../console/language/language.ts';

/** What is said of the kind on pages that all kinds share. */
export const say = texts({
  en: {
    name: 'Task', types: 'Task types',
    states: {
      pending: 'Waiting', processing: 'Running', completed: 'Done', failed: 'Failed', canceled: 'Canceled',
    },
    fields: { type: 'Task type', data: 'Input, as JSON', dataHint: 'What the handler gets. Empty: null.' },
    audited: {
      putWorkType: 'Limits of a type changed', pauseWorkType: 'Type paused', resumeWorkType: 'Type resumed',
      cancelTask: 'Task canceled', retryTask: 'Task retried', bulkTasks: 'Many tasks changed',
      retryTaskRequest: 'Refused request tried again', removeTaskRequest: 'Refused request deleted',
    },
  },
  de: {
    name: 'Task', types: 'Task-Typen',
    states: {
      pending: 'Wartet', processing: 'Läuft', completed: 'Fertig', failed: 'Fehlgeschlagen', canceled: 'Abgebrochen',
    },
    fields: { type: 'Task-Typ', data: 'Eingabe, als JSON', dataHint: 'Was der Handler bekommt. Leer: null.' },
    audited: {
      putWorkType: 'Grenzen eines Typs geändert', pauseWorkType: 'Typ angehalten', resumeWorkType: 'Typ fortgesetzt',
      cancelTask: 'Task abgebrochen', retryTask: 'Task wiederholt', bulkTasks: 'Viele Tasks geändert',
      retryTaskRequest: 'Abgelehnte Anfrage noch einmal versucht', removeTaskRequest: 'Abgelehnte Anfrage gelöscht',
    },
  },
});
