/** Long enough for a browser to ask where to. Milliseconds. */
const keptMs = 60_000;

/** Lets the browser save it under this name. */
export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
}
