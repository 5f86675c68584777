import { withDependent } from '../../../domain/job/dependencies.ts';
import type { Item } from '../../../domain/job/job.ts';
import type { Evolution, Kind } from '../../../domain/job/kind.ts';
import { create, decide } from './decide.ts';
import { inputKeysOf } from './keys.ts';
import { imageSetLifecycle } from './lifecycle.ts';
import { usualOutput } from './output.ts';
import type { ImageSetCommand, ImageSetEvent, ImageSetFields, ImageSetJob, ItemResult } from './types.ts';

/** How many idempotency keys a job remembers; an item's own result is never forgotten. */
export const rememberedKeys = 64;

export const imageSet: Kind<ImageSetFields, ImageSetCommand, ImageSetEvent> = {
  name: 'image-set',
  lifecycle: imageSetLifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create,
  decide,
  begin: ({ preset, itemCount, inputs, names }) => ({
    preset,
    itemCount,
    inputs: inputs ?? null,
    names: names ?? [],
    total: null,
    done: 0,
    failed: 0,
    concepts: null,
    protect: [],
    ruleId: null,
    outputTemplate: null,
    force: false,
    output: usualOutput,
    keys: [],
    previewed: [],
    cancelReason: null,
    dependents: [],
  }),
  dependents: ({ fields }) => fields.dependents,
  labels: ({ preset }) => ({ preset }),
  evolve,
  itemCount: ({ total, itemCount }) => total ?? itemCount,
  logged: (job) => ({
    costEstimate: job.fields.itemCount,
    error: problemOf(job),
    inputKeys: inputKeysOf(job),
  }),
};

/** Of a set that ended: what its history says went wrong. */
function problemOf({ phase, fields, items }: ImageSetJob): string | null {
  if (fields.cancelReason === 'expired') return 'It was not executed in time.';
  if (phase !== 'failed') return null;
  const first = [...items.values()].sort((a, b) => a.idx - b.idx).find(({ error }) => error !== null);
  return first?.error ?? null;
}

function evolve({ fields }: ImageSetJob, event: ImageSetEvent, at: number): Evolution<ImageSetFields> {
  switch (event.type) {
    case 'JobCreated':
    case 'DeadlineCorrected':
      return { fields };
    case 'DependentAdded':
      return { fields: withDependent(fields, event) };
    case 'JobCompleted':
    case 'JobFailed':
      return { fields: { ...fields, dependents: [] } };
    case 'JobStarted':
      return { fields, started: true };
    case 'UploadConfirmed':
      return { fields: { ...fields, total: event.total } };
    case 'JobQueued': {
      const { concepts, protect, ruleId, outputTemplate, force, output } = event;
      return { fields: { ...fields, concepts, protect, ruleId, outputTemplate, force, output } };
    }
    case 'JobCanceled':
      return { fields: { ...fields, cancelReason: event.reason, dependents: [] } };
    case 'ItemRecorded':
      return recorded(fields, event.result, at);
  }
}

function recorded(fields: ImageSetFields, result: ItemResult, at: number): Evolution<ImageSetFields> {
  const { idx, status, outputKey, previewKey, error, errorCode, confidence = null, idempotencyKey } = result;
  const item: Item = { idx, state: status, outputKey, previewKey, error, errorCode, confidence, recordedAt: at };
  const keys = [...fields.keys, idempotencyKey].slice(-rememberedKeys);
  const previewed = result.hasInputPreview === true ? [...fields.previewed, idx] : fields.previewed;
  return { fields: { ...fields, [status]: fields[status] + 1, keys, previewed }, item };
}
