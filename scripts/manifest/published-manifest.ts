/** The package.json that is published, made from the one of the checkout. */
export function publishedManifest(text: string): string {
  const { scripts: _, devDependencies: __, allowScripts: ___, ...manifest } = JSON.parse(text) as {
    readonly exports: Readonly<Record<string, string>>;
    readonly [name: string]: unknown;
  };
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, file]) => [path, builtFile(file)]));
  return `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`;
}

function builtFile(file: string): string {
  return file.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js');
}
