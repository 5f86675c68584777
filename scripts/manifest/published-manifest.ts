/**
 * What is large, and not needed by all: whoever uses the published package installs it when it is asked for. In a
 * checkout it is a dependency like others. As an optional one, npm would install it for everybody who installs the
 * package, and for none in a checkout whose Node is older than one of its packages wants.
 */
const onDemand = ['@kubernetes/client-node', 'onnxruntime-web', 'sharp'] as const;

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly [name: string]: unknown;
}

/** The package.json that is published, made from the one of the checkout. */
export function publishedManifest(text: string): string {
  const { scripts: _, devDependencies: __, allowScripts: ___, ...manifest } = JSON.parse(text) as Manifest;
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, file]) => [path, builtFile(file)]));
  const dependencies = { ...manifest.dependencies };
  const peerDependencies = { ...manifest.peerDependencies };
  const peerDependenciesMeta = { ...manifest.peerDependenciesMeta };
  for (const name of onDemand) {
    peerDependencies[name] = `~${dependencies[name]}`;
    peerDependenciesMeta[name] = { optional: true };
    delete dependencies[name];
  }
  const published = { ...manifest, exports, dependencies, peerDependencies, peerDependenciesMeta };
  return `${JSON.stringify(published, null, 2)}\n`;
}

function builtFile(file: string): string {
  return file.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js');
}
