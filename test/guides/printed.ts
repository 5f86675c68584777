import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A block of code of a guide, and the file that the text before it says it is. */
export interface Block {
  readonly language: string;
  readonly text: string;
  readonly file: string | null;
}

export function blocksOf(guide: string): readonly Block[] {
  const markdown = readFileSync(join(root, guide), 'utf8');
  return [...markdown.matchAll(/```(\w*)\n(.*?)```/gs)].map(({ 1: language = '', 2: text = '', index }) => {
    const before = markdown.slice(0, index).trimEnd().split('\n\n').at(-1) ?? '';
    const files = [...before.matchAll(/`([\w-]+\.(?:ts|js|py))`/g)];
    return { language, text, file: files.at(-1)?.[1] ?? null };
  });
}

/** An empty project with the packages that a guide installs. */
export function newProject(packages: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/waybill'));
  symlinkSync(join(root, 'bin/waybill.js'), join(folder, 'node_modules/.bin/waybill'));
  for (const name of packages) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  return folder;
}

/** Writes the files of a guide, and gives what is typed into the shell. */
export function follow(folder: string, blocks: readonly Block[]): string {
  for (const { text, file } of blocks) if (file !== null) writeFileSync(join(folder, file), text);
  return blocks.filter(({ language }) => language === 'sh').map(({ text }) => text).join('\n');
}

/** Runs a script as somebody would type it; rejects with all that it said when a command fails. */
export function type(script: string, folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += String(part)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => (status === 0 ? resolve(said) : reject(new Error(`exit status ${status}: ${said}`))));
  });
}
