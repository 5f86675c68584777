import { texts } from '../../language/language.ts';

export const say = texts({
  en: {
    title: 'Health',
    lead: 'Whether the server and what it depends on work. Looked at every five seconds.',
    docs: 'API documentation',
    metrics: 'Metrics',
    version: 'Version',
    uptime: 'Running for',
    outbox: 'Waiting to be sent',
    checks: 'Checks',
    fine: 'Fine',
    notFine: 'Not fine',
    parts: { store: 'Database', objects: 'File storage', disk: 'Disk' },
    works: (part: string) => `${part} works.`,
    fails: (part: string) => `${part} does not work.`,
    reasons: {
      disk_full: (part: string) =>
        `${part}: the disk is nearly full. Nothing new is taken; what is stored can be read.`,
      read_only: (part: string) => `${part} can only be read.`,
      disk_error: (part: string) => `${part}: the disk reports an error.`,
    },
    schema: 'The database has the tables of this version.',
    noSchema: 'The database does not have the tables of this version: run waybill migrate.',
    admin: 'There is an administrator.',
    noAdmin: 'There is no administrator yet: open /setup.',
    production: 'Logins need a password.',
    devMode: 'Development mode: anybody who reaches this server can be anybody. It listens on this machine only.',
    address: 'This page comes from the address that the server has in its links.',
    otherAddress: (told: string, here: string) =>
      `Links of the server begin with ${told}, but this page comes from ${here}. Set PUBLIC_URL if files do not load.`,
    sent: 'What is to be sent (webhooks, messages for workers) is sent.',
    unsent: (n: string) => `${n} messages wait to be sent: something outside does not answer.`,
    doctor: 'For more, such as what the configuration lacks, run on the server:',
  },
  de: {
    title: 'Zustand',
    lead: 'Ob der Server und das, wovon er abhängt, funktionieren. Alle fünf Sekunden nachgesehen.',
    docs: 'API-Dokumentation',
    metrics: 'Metriken',
    version: 'Version',
    uptime: 'Läuft seit',
    outbox: 'Noch zu senden',
    checks: 'Prüfungen',
    fine: 'In Ordnung',
    notFine: 'Nicht in Ordnung',
    parts: { store: 'Datenbank', objects: 'Dateispeicher', disk: 'Festplatte' },
    works: (part) => `${part}: funktioniert.`,
    fails: (part) => `${part}: funktioniert nicht.`,
    reasons: {
      disk_full: (part) =>
        `${part}: Der Speicher ist fast voll. Neues wird nicht angenommen; Gespeichertes bleibt lesbar.`,
      read_only: (part) => `${part}: Es kann nur gelesen werden.`,
      disk_error: (part) => `${part}: Die Festplatte meldet einen Fehler.`,
    },
    schema: 'Die Datenbank hat die Tabellen dieser Version.',
    noSchema: 'Der Datenbank fehlen Tabellen dieser Version: Führen Sie waybill migrate aus.',
    admin: 'Es gibt einen Administrator.',
    noAdmin: 'Es gibt noch keinen Administrator: Öffnen Sie /setup.',
    production: 'Anmeldungen brauchen ein Passwort.',
    devMode:
      'Entwicklungsmodus: Wer diesen Server erreicht, kann sich als jeder anmelden. Er ist nur auf diesem Rechner ' +
      'erreichbar.',
    address: 'Diese Seite kommt von der Adresse, die der Server in seinen Links hat.',
    otherAddress: (told, here) =>
      `Links des Servers beginnen mit ${told}, diese Seite kommt aber von ${here}. Setzen Sie PUBLIC_URL, ` +
      'wenn Dateien nicht laden.',
    sent: 'Was zu senden ist (Webhooks, Nachrichten an Worker), ist gesendet.',
    unsent: (n) => `${n} Nachrichten warten: Etwas außerhalb antwortet nicht.`,
    doctor: 'Mehr, etwa was der Konfiguration fehlt, zeigt auf dem Server:',
  },
});
