import { refusal, type Refusal } from '../../../domain/errors.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { UploadGuard } from '../../../ports/upload-guard.ts';
import { isUploaded, readKey } from '../domain/keys.ts';
import { productImage } from '../domain/kind.ts';
import type { ProductImageFields } from '../domain/types.ts';

const scopes = [{ kind: productImage.name, ownerId: null }];

/**
 * Uploads are taken while a job of the image has not ended, or may be retried with its photo. `closed` says why nothing
 * new is taken now, or null.
 */
export function createProductUploadGuard({ store, closed }: Pick<Dependencies, 'store'> & {
  readonly closed: (use: 'new' | 'results') => Refusal | null;
}): UploadGuard {
  const isOriginal = (key: string): boolean => key.startsWith('originals/');
  const useOf = (key: string): 'new' | 'results' => (isOriginal(key) ? 'new' : 'results');
  const problem = async (key: string): Promise<Refusal | null> => {
    const image = readKey(key);
    if (image === null) return unknown;
    const full = closed(useOf(key));
    if (full !== null) return full;
    for (const phase of ['waiting', 'active', 'failed'] as const) {
      const jobs = await store.jobs.list({ scopes, labels: { sku: image.sku }, phase, limit: 1_000 });
      const same = jobs.map(({ fields }) => fields as ProductImageFields)
        .filter(({ imageSha256 }) => imageSha256 === image.sha256);
      // The photo of a job that failed without it may come yet.
      if (same.some((fields) => phase !== 'failed' || (isOriginal(key) && isUploaded(fields)))) return null;
    }
    return unknown;
  };
  return { problem, halfway: (key) => closed(useOf(key)), place: problem };
}

const unknown = refusal('not_found', 'The upload is refused: there is no job (any longer) that its URL belongs to.');
