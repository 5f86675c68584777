import type { Dependencies } from '../../../application/dependencies.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok } from '../../../domain/errors.ts';
import { providerConfigs } from './provider-records.ts';

/** The first server that reaches a provider's infrastructure stores which it is. Null if the provider is no more. */
export async function claimSite(
  { writePath }: Pick<Dependencies, 'writePath'>,
  providerId: string,
  site: string,
): Promise<string | null> {
  const claimed = await writePath.run<string | null>({
    actor: 'system', correlationId: providerId,
    reads: [ref.record(providerConfigs, [providerId])],
    decide: (draft) => {
      const before = draft.record(providerConfigs, [providerId]);
      if (before === null || before.site !== null) return ok(before?.site ?? null);
      const { version: _, ...rest } = before;
      draft.putRecord(providerConfigs, { ...rest, site });
      return ok(site);
    },
  });
  return claimed.ok ? claimed.value : null;
}
