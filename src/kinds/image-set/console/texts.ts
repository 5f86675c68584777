import { plural, count } from '../../../console/language/format.ts';
import { texts } from '../../../console/language/language.ts';

/** What every page of photos says. */
export const say = texts({
  en: {
    photos: 'Photos',
    newPhotos: 'New photos',
    set: 'A set of photos',
    titleOf: (preset: string) => (preset === '' ? 'Photos' : `Photos: ${preset}`),
    count: (n: number) => `${count(n)} ${plural(n, { one: 'photo', other: 'photos' })}`,
    credits: (n: number) => `${count(n)} ${plural(n, { one: 'credit', other: 'credits' })}`,
    photoNumber: (n: number) => `Photo ${count(n)}`,
    states: {
      created: 'Waiting for photos', uploaded: 'Not started', queued: 'Waiting', running: 'In progress', done: 'Done',
      failed: 'Failed', canceled: 'Canceled',
    },
    presets: { interior: 'Warm interior', seller: 'White background', 'remove-background': 'Cut out' },
    presetTexts: {
      interior: 'Rooms in a warmer light. People stay as they are.',
      seller: 'The product before clean white, with its shadow.',
      'remove-background': 'Only the subject, on nothing: to be put on any background.',
    },
    reasons: {
      not_confident: 'The cut-out is probably wrong, so it was not delivered.',
      too_large: 'The photo is too large.',
      not_an_image: 'The file is no picture.',
      unsupported_type: 'This type of file is not taken. JPEG, PNG, WebP and AVIF are.',
      broken_image: 'The file is damaged.',
      no_mask: 'What was to be changed is not in this photo.',
      invalid_concept: 'What was to be done makes no sense for this photo.',
      timeout: 'It took too long.',
      expired: 'It was not done in time.',
      not_uploaded: 'The photo was not uploaded.',
      not_downloaded: 'The photo could not be read from the storage.',
      not_stored: 'The result could not be stored.',
      internal: 'Something went wrong, for no fault of the photo.',
    },
    reasonUnknown: 'It failed.',
  },
  de: {
    photos: 'Fotos',
    newPhotos: 'Neue Fotos',
    set: 'Eine Fotoserie',
    titleOf: (preset) => (preset === '' ? 'Fotos' : `Fotos: ${preset}`),
    count: (n) => `${count(n)} ${plural(n, { one: 'Foto', other: 'Fotos' })}`,
    credits: (n) => `${count(n)} ${plural(n, { one: 'Credit', other: 'Credits' })}`,
    photoNumber: (n) => `Foto ${count(n)}`,
    states: {
      created: 'Wartet auf Fotos', uploaded: 'Nicht gestartet', queued: 'Wartet', running: 'In Arbeit', done: 'Fertig',
      failed: 'Fehlgeschlagen', canceled: 'Abgebrochen',
    },
    presets: { interior: 'Warmer Innenraum', seller: 'Weißer Hintergrund', 'remove-background': 'Freistellen' },
    presetTexts: {
      interior: 'Räume in wärmerem Licht. Menschen bleiben, wie sie sind.',
      seller: 'Das Produkt vor reinem Weiß, mit seinem Schatten.',
      'remove-background': 'Nur das Motiv, ohne Hintergrund: für jeden anderen.',
    },
    reasons: {
      not_confident: 'Der Ausschnitt ist wahrscheinlich falsch und wurde darum nicht geliefert.',
      too_large: 'Das Foto ist zu groß.',
      not_an_image: 'Die Datei ist kein Bild.',
      unsupported_type: 'Dieser Dateityp geht nicht. JPEG, PNG, WebP und AVIF gehen.',
      broken_image: 'Die Datei ist beschädigt.',
      no_mask: 'Was verändert werden sollte, ist auf diesem Foto nicht zu finden.',
      invalid_concept: 'Was getan werden sollte, geht mit diesem Foto nicht.',
      timeout: 'Es hat zu lange gedauert.',
      expired: 'Es wurde nicht rechtzeitig fertig.',
      not_uploaded: 'Das Foto wurde nicht hochgeladen.',
      not_downloaded: 'Das Foto konnte nicht aus dem Speicher gelesen werden.',
      not_stored: 'Das Ergebnis konnte nicht gespeichert werden.',
      internal: 'Etwas ging schief; am Foto lag es nicht.',
    },
    reasonUnknown: 'Es ist fehlgeschlagen.',
  },
});

type Known<T> = Readonly<Record<string, string | undefined>> & T;

export function stateName(status: string): string {
  return (say().states as Known<object>)[status] ?? status;
}

export function presetName(preset: string): string {
  return (say().presets as Known<object>)[preset] ?? preset;
}

/** Why a photo failed, in words; null where the code is not known, and the server's sentence has to do. */
export function reasonOf(code: string | null): string | null {
  return code === null ? null : ((say().reasons as Known<object>)[code] ?? null);
}
