import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What decodes pictures, and what runs models where onnxruntime-node is not installed. */
const codecs = 'sharp';
const runtime = 'onnxruntime-web';

/**
 * What works on photos; needs packages that are not installed with this one.
 *
 * @throws {Error} that says how to install those that are missing
 */
export async function loadImaging(): Promise<typeof import('../../imaging/local/index.ts')> {
  requireImagingPackages();
  return import('../../imaging/local/index.ts');
}

/** @throws {Error} as `loadImaging` does, and loads nothing */
export function requireImagingPackages(): void {
  const missing = missingImagingPackages();
  if (missing !== null) throw new Error(missing);
}

/** What is to be installed, in a sentence; null: nothing. */
export function missingImagingPackages(): string | null {
  const missing = [
    ...(isInstalled(codecs) ? [] : [codecs]),
    ...(isInstalled(runtime) || isInstalled('onnxruntime-node') ? [] : [runtime]),
  ];
  return missing.length === 0 ? null : `work on photos needs ${missing.join(' and ')}: ${howToInstall(missing)}`;
}

/** The command that installs optional packages, in the versions that work. */
function howToInstall(names: readonly string[]): string {
  const file = new URL('../../../package.json', import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly [kind in 'dependencies' | 'peerDependencies']?: Readonly<Record<string, string>>;
  };
  const versions = { ...manifest.peerDependencies, ...manifest.dependencies };
  return `npm install ${names.map((name) => `${name}@${versions[name]!.replace(/^~/, '')}`).join(' ')}`;
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch (error) {
    // Installed, whatever it lets others resolve.
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}
