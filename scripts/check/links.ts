import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Check, Finding, Tree } from './tree.ts';

const LINKS = [/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g, /^\s*\[[^\]]+\]:\s+(\S+)/g, /\b(?:src|href)="([^"]+)"/g];

export const links: Check = {
  name: 'every link in the documentation leads somewhere',
  find(tree) {
    const findings: Finding[] = [];
    for (const [file, text] of tree.texts) {
      if (!file.endsWith('.md')) continue;
      for (const [index, line] of proseLines(text).entries()) {
        for (const target of LINKS.flatMap((link) => [...line.matchAll(link)].map((found) => found[1] ?? ''))) {
          const message = wrongTarget(tree, file, target);
          if (message !== undefined) findings.push({ file, line: index + 1, message });
        }
      }
    }
    return findings;
  },
};

function wrongTarget(tree: Tree, file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target) || target.startsWith('//')) return undefined;
  const [path = '', anchor] = decodeURI(target).split('#');
  const to = path === '' ? file : path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(file), path);
  if (!existsSync(join(tree.root, to))) return `links to ${target}, and there is no ${to}`;
  const text = tree.texts.get(to);
  if (anchor === undefined || text === undefined || !to.endsWith('.md')) return undefined;
  return anchors(text).has(anchor.toLowerCase()) ? undefined : `links to ${target}, and ${to} has no such heading`;
}

/** The lines, with those of code blocks emptied and code in a line taken out. */
function proseLines(text: string): string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      return '';
    }
    return fence === undefined ? line.replace(/`[^`]*`/g, '') : '';
  });
}

/** The anchors that GitHub makes of headings, and those written as `<a id="...">`. */
function anchors(text: string): Set<string> {
  const found = new Set<string>();
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    for (const [, id = ''] of line.matchAll(/\b(?:id|name)="([^"]+)"/g)) found.add(id.toLowerCase());
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    found.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return found;
}
