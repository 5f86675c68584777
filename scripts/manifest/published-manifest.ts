interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly [name: string]: unknown;
}

/**
 * The package.json that is published, made from the one of the checkout. What a checkout may do without is large: npm
 * would install it for everybody, so that whoever uses the package installs it when it is asked for.
 */
export function publishedManifest(text: string): string {
  const {
    scripts: _, devDependencies: __, allowScripts: ___, optionalDependencies, ...manifest
  } = JSON.parse(text) as Manifest;
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, file]) => [path, builtFile(file)]));
  const asked = Object.entries(optionalDependencies);
  const peerDependencies = {
    ...manifest.peerDependencies, ...Object.fromEntries(asked.map(([name, version]) => [name, `~${version}`])),
  };
  const peerDependenciesMeta = {
    ...manifest.peerDependenciesMeta, ...Object.fromEntries(asked.map(([name]) => [name, { optional: true }])),
  };
  return `${JSON.stringify({ ...manifest, exports, peerDependencies, peerDependenciesMeta }, null, 2)}\n`;
}

function builtFile(file: string): string {
  return file.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js');
}
