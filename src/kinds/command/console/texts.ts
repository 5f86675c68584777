import { texts } from '../../../console/language/language.ts';

/** What is said of the kind on pages that all kinds share. */
export const say = texts({
  en: {
    name: 'Command', commands: 'Commands', providers: 'Providers',
    states: {
      PENDING: 'Waiting', ASSIGNED: 'Starting', RUNNING: 'Running', SUCCEEDED: 'Done', FAILED: 'Failed',
      TIMED_OUT: 'Timed out', CANCELLED: 'Canceled',
    },
    fields: {
      command: 'Command', commandHint: 'A line for the shell.', outputs: 'Files to keep, as a JSON list',
      requirements: 'Requirements, as JSON', requirementsHint: 'Such as {"provider":"docker","image":"debian:12"}.',
      timeoutMs: 'Time limit, in milliseconds',
    },
    audited: {
      registerProvider: 'Provider added', updateProvider: 'Provider changed', deleteProvider: 'Provider deleted',
      enableProvider: 'Provider enabled', disableProvider: 'Provider disabled', putSecret: 'Secret stored',
      deleteSecret: 'Secret deleted', drainWorker: 'Worker ended', cancelCommand: 'Command canceled',
    },
  },
  de: {
    name: 'Befehl', commands: 'Befehle', providers: 'Provider',
    states: {
      PENDING: 'Wartet', ASSIGNED: 'Startet', RUNNING: 'Läuft', SUCCEEDED: 'Fertig', FAILED: 'Fehlgeschlagen',
      TIMED_OUT: 'Zeit abgelaufen', CANCELLED: 'Abgebrochen',
    },
    fields: {
      command: 'Befehl', commandHint: 'Eine Zeile für die Shell.', outputs: 'Dateien, die bleiben, als JSON-Liste',
      requirements: 'Anforderungen, als JSON', requirementsHint: 'Etwa {"provider":"docker","image":"debian:12"}.',
      timeoutMs: 'Zeitlimit in Millisekunden',
    },
    audited: {
      registerProvider: 'Provider angelegt', updateProvider: 'Provider geändert', deleteProvider: 'Provider gelöscht',
      enableProvider: 'Provider eingeschaltet', disableProvider: 'Provider abgeschaltet',
      putSecret: 'Geheimnis gespeichert', deleteSecret: 'Geheimnis gelöscht', drainWorker: 'Worker beendet',
      cancelCommand: 'Befehl abgebrochen',
    },
  },
});
