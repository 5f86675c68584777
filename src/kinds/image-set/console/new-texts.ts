import { count } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';
import { say as shared } from './texts.ts';

export const say = texts({
  en: {
    lead: 'Choose photos, then what shall be done with them. Only what is delivered is charged.',
    photos: 'Your photos',
    clear: 'Leave all out',
    uses: (needed: number, available: number) =>
      `Uses ${shared().credits(needed)}, you have ${count(available)}. Photos that fail are not charged.`,
    lacking: (needed: number, available: number) =>
      available === 0
        ? `${shared().credits(needed)} are needed, and there are none. Ask your administrator for more.`
        : `${shared().credits(needed)} are needed, and only ${count(available)} are there. ` +
          `Leave ${shared().count(needed - available)} out, or ask your administrator for more.`,
    credits: 'See your credits',
    busy: (most: number) =>
      most === 1 ? 'One set can be in progress at a time. Wait for the one that is, or cancel it.'
        : `${count(most)} sets can be in progress at a time. Wait for one of those that are, or cancel one.`,
    seeSets: 'See your sets',
    wrong: (n: number) => `${shared().count(n)} cannot be taken and will be left out.`,
    go: (n: number) => `Start with ${shared().count(n)}`,
    uploading: 'Uploading',
    uploadingLead:
      'You can look at other pages meanwhile. If this page is closed or loaded again, the upload goes on from where ' +
      'it was once you open it again.',
    uploaded: (done: number, total: number) => `${count(done)} of ${count(total)} uploaded`,
    starting: 'All photos are there. Starting…',
    missing: (n: number) =>
      `The browser has not kept ${shared().count(n)} of this upload. Choose them again: they are recognized by name ` +
      'and size. What was uploaded before stays uploaded.',
    failed: 'The upload has stopped.',
    goOn: 'Go on',
    giveUp: 'Cancel the upload',
    giveUpTitle: 'Cancel this upload?',
    giveUpText: 'Nothing will be made of these photos, and nothing is charged.',
    started: 'The photos are on their way',
    states: { waiting: 'waiting', uploading: 'uploading', done: 'uploaded', failed: 'stopped' },
    chooseAgain: 'choose again',
  },
  de: {
    lead: 'Wählen Sie Fotos und dann, was damit geschehen soll. Nur was geliefert wird, kostet etwas.',
    photos: 'Ihre Fotos',
    clear: 'Alle weglassen',
    uses: (needed, available) =>
      `Kostet ${shared().credits(needed)}, Sie haben ${count(available)}. Fotos, die fehlschlagen, kosten nichts.`,
    lacking: (needed, available) =>
      available === 0
        ? `Das kostet ${shared().credits(needed)}, und es sind keine da. Bitten Sie Ihren Administrator um mehr.`
        : `Das kostet ${shared().credits(needed)}, und nur ${count(available)} sind da. ` +
          `Lassen Sie ${shared().count(needed - available)} weg, oder bitten Sie Ihren Administrator um mehr.`,
    credits: 'Zum Guthaben',
    busy: (most) =>
      most === 1 ? 'Es kann nur eine Serie auf einmal in Arbeit sein. Warten Sie auf sie, oder brechen Sie sie ab.'
        : `Nur ${count(most)} Serien können auf einmal in Arbeit sein. Warten Sie auf eine, oder brechen Sie eine ab.`,
    seeSets: 'Zu Ihren Serien',
    wrong: (n) => `${shared().count(n)} gehen nicht und werden weggelassen.`,
    go: (n) => `Mit ${n === 1 ? '1 Foto' : `${count(n)} Fotos`} starten`,
    uploading: 'Wird hochgeladen',
    uploadingLead:
      'Sie können solange andere Seiten ansehen. Wird diese Seite geschlossen oder neu geladen, geht es beim ' +
      'nächsten Öffnen dort weiter, wo es war.',
    uploaded: (done, total) => `${count(done)} von ${count(total)} hochgeladen`,
    starting: 'Alle Fotos sind da. Es geht los …',
    missing: (n) =>
      `Der Browser hat ${shared().count(n)} nicht behalten. Wählen Sie diese noch einmal aus: Sie werden an Name ` +
      'und Größe erkannt. Was schon hochgeladen ist, bleibt es.',
    failed: 'Das Hochladen ist stehen geblieben.',
    goOn: 'Weiter',
    giveUp: 'Hochladen abbrechen',
    giveUpTitle: 'Dieses Hochladen abbrechen?',
    giveUpText: 'Aus diesen Fotos wird nichts gemacht, und es kostet nichts.',
    started: 'Die Fotos sind unterwegs',
    states: { waiting: 'wartet', uploading: 'wird hochgeladen', done: 'hochgeladen', failed: 'stehen geblieben' },
    chooseAgain: 'noch einmal auswählen',
  },
});
