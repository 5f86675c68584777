import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { findPreset, type Preset } from '../domain/concepts.ts';

export function getPreset(name: string): Result<Preset> {
  const preset = findPreset(name);
  return preset === null ? refuse('not_found', `There is no preset ${JSON.stringify(name)}.`) : ok(preset);
}
