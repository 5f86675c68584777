import { texts } from '../../../console/language/language.ts';
import type { ProductImageView as View } from '../contract/product-image-job.ts';

type Texts = Readonly<Record<View['status'], string>>;
type Reasons = Readonly<Record<NonNullable<View['errorCode']>, string>>;

const states = texts({
  en: {
    NEW: 'Announced', QUEUED: 'Queued', SEGMENTING: 'Cutting out', BG_GENERATING: 'Making backgrounds',
    COMPOSITING: 'Composing', SHOPIFY_PUSH: 'Going to the shop', DONE: 'In the shop', FAILED: 'Failed',
  },
  de: {
    NEW: 'Angekündigt', QUEUED: 'Eingereiht', SEGMENTING: 'Wird freigestellt', BG_GENERATING: 'Hintergründe entstehen',
    COMPOSITING: 'Wird montiert', SHOPIFY_PUSH: 'Kommt in den Shop', DONE: 'Im Shop', FAILED: 'Fehlgeschlagen',
  },
} satisfies Record<'en' | 'de', Texts>);

const reasons = texts({
  en: {
    DOWNLOAD_FAILED: 'The photo could not be fetched.',
    HASH_MISMATCH: 'The photo is not the one that was announced.',
    INVALID_IMAGE: 'The file is not a picture that can be used.',
    PRODUCT_NOT_FOUND: 'The shop has no product with this SKU.',
    SEGMENT_FAILED: 'The product could not be cut out.',
    BG_GENERATION_FAILED: 'The backgrounds could not be made.',
    COMPOSITE_FAILED: 'Product and background could not be put together.',
    QUALITY_CHECK_FAILED: 'The cut-out is not good enough to be shown in a shop.',
    STORAGE_FAILED: 'The pictures could not be stored.',
    SHOPIFY_PUSH_FAILED: 'The shop did not take the pictures.',
    PROVIDER_TIMEOUT: 'The image provider did not answer in time.',
    PROVIDER_RATE_LIMITED: 'The image provider took no more requests.',
    TIMEOUT: 'It took longer than it may.',
    COST_LIMIT_EXCEEDED: 'It would have cost more than the limit of a job.',
    UNKNOWN: 'It failed for a reason that is not known.',
  },
  de: {
    DOWNLOAD_FAILED: 'Das Foto ließ sich nicht abrufen.',
    HASH_MISMATCH: 'Das Foto ist nicht das angekündigte.',
    INVALID_IMAGE: 'Die Datei ist kein Bild, das sich verwenden lässt.',
    PRODUCT_NOT_FOUND: 'Der Shop hat kein Produkt mit dieser Artikelnummer.',
    SEGMENT_FAILED: 'Das Produkt ließ sich nicht freistellen.',
    BG_GENERATION_FAILED: 'Die Hintergründe ließen sich nicht erzeugen.',
    COMPOSITE_FAILED: 'Produkt und Hintergrund ließen sich nicht zusammensetzen.',
    QUALITY_CHECK_FAILED: 'Das freigestellte Bild ist nicht gut genug für einen Shop.',
    STORAGE_FAILED: 'Die Bilder ließen sich nicht speichern.',
    SHOPIFY_PUSH_FAILED: 'Der Shop hat die Bilder nicht angenommen.',
    PROVIDER_TIMEOUT: 'Der Bilddienst hat nicht rechtzeitig geantwortet.',
    PROVIDER_RATE_LIMITED: 'Der Bilddienst nahm keine weiteren Anfragen an.',
    TIMEOUT: 'Es hat länger gedauert als erlaubt.',
    COST_LIMIT_EXCEEDED: 'Es hätte mehr gekostet, als ein Auftrag kosten darf.',
    UNKNOWN: 'Es ist aus unbekanntem Grund fehlgeschlagen.',
  },
} satisfies Record<'en' | 'de', Reasons>);

export function stateText(status: string): string {
  return states()[status as View['status']] ?? status;
}

export function reasonText(code: NonNullable<View['errorCode']>): string {
  return reasons()[code];
}

export const say = texts({
  en: {
    products: 'Products',
    lead: 'Photos of products on their way from the supplier to the shop.',
    add: 'Add a photo',
    none: 'No product photos yet',
    noneText: 'They are announced by the webhook of a supplier, imported from a table, or added here.',
    noneFound: 'Nothing matches',
    findSku: 'Find an SKU',
    theme: 'Theme',
    allThemes: 'All themes',
    state: 'State',
    allStates: 'All states',
    phases: { waiting: 'Waiting', active: 'Under way', succeeded: 'In the shop', failed: 'Failed' },
    original: 'Original',
    cutout: 'Cut-out',
    masters: 'Pictures for the shop',
    madeOf: 'Made of',
    backgrounds: 'Backgrounds',
    variant: (number: number) => `Variant ${number}`,
    noPictures: 'They appear here as they are made.',
    steps: 'Steps',
    stepNames: {
      original: 'Photo', segmentation: 'Cut-out', backgrounds: 'Backgrounds', composite: 'Composition', shopify: 'Shop',
    },
    step: 'Step',
    took: 'Took',
    by: 'By',
    thisServer: 'this server',
    cost: 'Cost',
    costSoFar: 'Cost so far',
    left: (time: string) => `about ${time} left`,
    paused: 'The limit of the day is reached: providers are not called until',
    retry: 'Try again',
    retried: 'It starts again; steps that are done are not paid twice.',
    attempts: 'Retries',
    attempt: (number: number, most: number) => `${number} of ${most}`,
    start: 'Start',
    started: 'Started',
    giveUp: 'Give up',
    giveUpTitle: 'Give this photo up?',
    giveUpText: (sku: string) =>
      `The photo of ${sku} stops where it is, and is marked as failed. It can be tried again.`,
    gaveUp: 'Given up',
    product: 'Product',
    media: 'Media',
    details: 'Details',
    history: 'History and raw data',
    sku: 'SKU',
    skuHint: 'As the shop has it on the variant of the product.',
    photo: 'Photo',
    chooseFile: 'Choose a photo, or drop it here',
    look: 'Preview of the theme',
    looking: 'The preview is being made…',
    upload: 'Add and start',
    uploading: 'Uploading…',
    known: 'This photo is there already for this SKU and theme.',
    needsHttps:
      'Browsers compute the checksum of a photo only on https:// or localhost. Use the CLI: waybill product import.',
  },
  de: {
    products: 'Produkte',
    lead: 'Produktfotos auf ihrem Weg vom Lieferanten in den Shop.',
    add: 'Foto hinzufügen',
    none: 'Noch keine Produktfotos',
    noneText:
      'Sie werden vom Webhook eines Lieferanten angekündigt, aus einer Tabelle importiert oder hier hinzugefügt.',
    noneFound: 'Nichts gefunden',
    findSku: 'Artikelnummer suchen',
    theme: 'Stil',
    allThemes: 'Alle Stile',
    state: 'Zustand',
    allStates: 'Alle Zustände',
    phases: { waiting: 'Wartet', active: 'In Arbeit', succeeded: 'Im Shop', failed: 'Fehlgeschlagen' },
    original: 'Original',
    cutout: 'Freigestellt',
    masters: 'Bilder für den Shop',
    madeOf: 'Daraus entstanden',
    backgrounds: 'Hintergründe',
    variant: (number) => `Variante ${number}`,
    noPictures: 'Sie erscheinen hier, sobald sie fertig sind.',
    steps: 'Schritte',
    stepNames: {
      original: 'Foto', segmentation: 'Freistellen', backgrounds: 'Hintergründe', composite: 'Montage', shopify: 'Shop',
    },
    step: 'Schritt',
    took: 'Dauer',
    by: 'Durch',
    thisServer: 'diesen Server',
    cost: 'Kosten',
    costSoFar: 'Bisherige Kosten',
    left: (time) => `noch etwa ${time}`,
    paused: 'Das Tageslimit ist erreicht: Bilddienste werden nicht aufgerufen bis',
    retry: 'Erneut versuchen',
    retried: 'Es beginnt von vorn; fertige Schritte werden nicht noch einmal bezahlt.',
    attempts: 'Wiederholungen',
    attempt: (number, most) => `${number} von ${most}`,
    start: 'Starten',
    started: 'Gestartet',
    giveUp: 'Aufgeben',
    giveUpTitle: 'Dieses Foto aufgeben?',
    giveUpText: (sku) =>
      `Das Foto von ${sku} bleibt, wo es ist, und gilt als fehlgeschlagen. Es kann erneut versucht werden.`,
    gaveUp: 'Aufgegeben',
    product: 'Produkt',
    media: 'Medien',
    details: 'Einzelheiten',
    history: 'Verlauf und Rohdaten',
    sku: 'Artikelnummer',
    skuHint: 'So wie der Shop sie an der Variante des Produkts hat.',
    photo: 'Foto',
    chooseFile: 'Foto auswählen oder hier ablegen',
    look: 'Vorschau des Stils',
    looking: 'Die Vorschau entsteht …',
    upload: 'Hinzufügen und starten',
    uploading: 'Wird hochgeladen …',
    known: 'Dieses Foto gibt es für diese Artikelnummer und diesen Stil schon.',
    needsHttps:
      'Die Prüfsumme eines Fotos berechnen Browser nur auf https:// oder localhost. Auf der Kommandozeile geht es ' +
      'mit waybill product import.',
  },
});
