import { texts } from '../language/language.ts';

/** What many parts say. */
export const shared = texts({
  en: {
    close: 'Close',
    cancel: 'Cancel',
    save: 'Save',
    copy: 'Copy',
    copied: 'Copied',
    tryAgain: 'Try again',
    loading: 'Loading…',
    more: 'Load more',
    cut: 'Only the beginning is shown. The button copies all of it.',
    none: 'None',
    requestId: (id: string) => `Request ${id}`,
    typeToConfirm: (word: string) => `Type ${word} to confirm`,
    search: 'Search',
  },
  de: {
    close: 'Schließen',
    cancel: 'Abbrechen',
    save: 'Speichern',
    copy: 'Kopieren',
    copied: 'Kopiert',
    tryAgain: 'Erneut versuchen',
    loading: 'Wird geladen …',
    more: 'Mehr laden',
    cut: 'Nur der Anfang wird gezeigt. Der Knopf kopiert alles.',
    none: 'Keine',
    requestId: (id) => `Anfrage ${id}`,
    typeToConfirm: (word) => `Zur Bestätigung ${word} eingeben`,
    search: 'Suchen',
  },
});
