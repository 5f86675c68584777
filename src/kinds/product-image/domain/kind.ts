import type { Evolution, Kind } from '../../../domain/job/kind.ts';
import { create, decide } from './decide.ts';
import { productImageLifecycle } from './lifecycle.ts';
import type {
  ProductImageCommand, ProductImageEvent, ProductImageFields, ProviderCall, StepResult,
} from './types.ts';

type Event<T extends ProductImageEvent['type']> = ProductImageEvent & { readonly type: T };

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
    tries: 0,
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
    segmentConfidence: null,
    segmentJobId: null,
    bgJobIds: null,
    shopFileIds: {},
    sagaId: null,
    call: null,
    callsEnded: 0,
    pausedUntil: null,
    stepSince: null,
    timings: {},
    errorCode: null,
    errorMessage: null,
    errorStack: null,
  }),
  labels: ({ sku, theme }) => ({ sku, theme }),
  evolve: ({ fields }, event, at) => evolve(fields, event, at),
  itemCount: () => 0,
  logged: ({ fields }) => ({ costEstimate: 0, error: fields.errorMessage }),
};

const noError = { errorCode: null, errorMessage: null, errorStack: null } as const;

function evolve(fields: ProductImageFields, event: ProductImageEvent, at: number): Evolution<ProductImageFields> {
  switch (event.type) {
    case 'ImageAnnounced':
    case 'DeadlineCorrected':
    case 'StepStarted':
      return { fields };
    case 'AttemptFailed':
      return { fields: { ...fields, tries: event.tries } };
    case 'ImageStarted':
      return { fields: { ...fields, originalKey: event.originalKey, stepSince: at }, started: true };
    case 'ImageRetried':
      return { fields: retried(fields, event.originalKey, at), started: true };
    case 'StepDone':
      return { fields: stepDone(fields, event, at) };
    case 'ImageFailed': {
      const { code: errorCode, message: errorMessage, stack: errorStack, call = fields.call } = event;
      return { fields: { ...fields, errorCode, errorMessage, errorStack, call, sagaId: null, pausedUntil: null } };
    }
    case 'PipelineBegan':
      return { fields: { ...fields, sagaId: event.sagaId } };
    case 'PipelineTook':
      return { fields: { ...fields, stepSince: at } };
    case 'CallPlanned': {
      const stepSince = fields.pausedUntil === null ? fields.stepSince : at;
      return { fields: { ...fields, ...byProvider(event.call), stepSince, pausedUntil: null } };
    }
    case 'CallBegun':
      return { fields: { ...fields, ...byProvider(event.call) } };
    case 'CallEnded':
      return { fields: { ...fields, ...forgotten(fields), call: null, callsEnded: fields.callsEnded + 1 } };
    case 'CallsPaused':
      return { fields: { ...fields, pausedUntil: event.until } };
    case 'FileCreated':
      return { fields: { ...fields, shopFileIds: { ...fields.shopFileIds, [event.filename]: event.fileId } } };
  }
}

function retried(fields: ProductImageFields, originalKey: string, at: number): ProductImageFields {
  return { ...fields, ...noError, tries: 0, originalKey, stepSince: at };
}

function stepDone(fields: ProductImageFields, event: Event<'StepDone'>, at: number): ProductImageFields {
  const { result, state, isReused, sagaId = null, call = fields.call } = event;
  const tookMs = at - (fields.stepSince ?? at);
  return {
    ...fields,
    ...known(result),
    // It is that of this mask, not of the one before.
    ...(result.step === 'segmentation' && !isReused && { segmentConfidence: result.segmentConfidence ?? null }),
    // The pipeline's last step ends its saga.
    sagaId: state === 'DONE' ? null : sagaId,
    call,
    callsEnded: fields.call !== null && call === null ? fields.callsEnded + 1 : fields.callsEnded,
    pausedUntil: null,
    stepSince: at,
    timings: isReused ? fields.timings : { ...fields.timings, [result.step]: Math.max(0, tookMs) },
  };
}

/** Who does the step, and as what it is known there. */
function byProvider(call: ProviderCall): Partial<ProductImageFields> {
  const { step, provider, providerJobId: id } = call;
  if (step === 'segmentation') return { call, segmentProvider: provider, segmentJobId: id };
  return { call, bgProvider: provider, bgJobIds: id === null ? null : [id] };
}

/** The id of a call that gave nothing. */
function forgotten({ call }: ProductImageFields): Partial<ProductImageFields> {
  return call?.step === 'segmentation' ? { segmentJobId: null } : { bgJobIds: null };
}

/** What was not said this time stays as it was; thumbnails go with their composites. */
function known({ step, ...result }: StepResult): Partial<ProductImageFields> {
  if (step === 'composite') return result;
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));
}
