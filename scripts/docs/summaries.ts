import type { Command } from '../../src/transports/cli/command.ts';

const header = `// Written by npm run docs.

export const summaries: Readonly<Record<string, string>> = {
`;

/** The summary of each command, which help lists without loading the command. */
export function summariesFile(commands: readonly Command[]): string {
  const lines = commands.map(({ name, summary }) => {
    return `  ${/^[a-z]+$/.test(name) ? name : quoted(name)}: ${quoted(summary)},\n`;
  });
  return `${header}${lines.join('')}};\n`;
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}
