import type { Evolution, Kind } from '../../../domain/job/kind.ts';
import { create, decide } from './decide.ts';
import { productImageLifecycle } from './lifecycle.ts';
import type { ProductImageCommand, ProductImageEvent, ProductImageFields, StepResult } from './types.ts';

export const productImage: Kind<ProductImageFields, ProductImageCommand, ProductImageEvent> = {
  name: 'product-image',
  lifecycle: productImageLifecycle,
  access: { role: 'operator', sees: 'all' },
  internal: false,
  create,
  decide,
  begin: ({ sku, imageUrl, imageSha256, theme, maxAttempts, timeLimitMs }) => ({
    sku,
    imageUrl,
    imageSha256,
    theme,
    maxAttempts,
    timeLimitMs,
    originalKey: null,
    maskKey: null,
    bgKeys: null,
    compositeKeys: null,
    thumbKeys: null,
    shopifyMediaIds: null,
    shopifyProductId: null,
    segmentProvider: null,
    bgProvider: null,
    segmentJobId: null,
    bgJobIds: null,
    errorCode: null,
    errorMessage: null,
    errorStack: null,
  }),
  labels: ({ sku, theme }) => ({ sku, theme }),
  evolve: ({ fields }, event) => evolve(fields, event),
  itemCount: () => 0,
  logged: ({ fields }) => ({ costEstimate: 0, error: fields.errorMessage }),
};

const noError = { errorCode: null, errorMessage: null, errorStack: null } as const;

function evolve(fields: ProductImageFields, event: ProductImageEvent): Evolution<ProductImageFields> {
  switch (event.type) {
    case 'ImageAnnounced':
    case 'DeadlineCorrected':
    case 'StepStarted':
      return { fields };
    case 'ImageStarted':
      return { fields: { ...fields, originalKey: event.originalKey }, started: true };
    case 'ImageRetried':
      return { fields: { ...fields, ...noError, originalKey: event.originalKey }, started: true };
    case 'StepDone':
      return { fields: { ...fields, ...known(event.result) } };
    case 'ImageFailed': {
      const { code: errorCode, message: errorMessage, stack: errorStack } = event;
      return { fields: { ...fields, errorCode, errorMessage, errorStack } };
    }
  }
}

/** What was not said this time stays as it was; thumbnails go with their composites. */
function known({ step, ...result }: StepResult): Partial<ProductImageFields> {
  if (step === 'composite') return result;
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));
}
