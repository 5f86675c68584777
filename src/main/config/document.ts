import { groups, options, type Group, type Option } from './options.ts';

/** docs/configuration.md, made from the table of options. */
export function configurationDocument(): string {
  const sections = (Object.keys(groups) as Group[]).map((group) => {
    const rows = (Object.values(options) as Option<unknown>[]).filter((option) => option.group === group).map(row);
    return [
      `## ${groups[group]}`,
      '',
      '| variable | flag | default | allowed | |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return `${[introduction, ...sections].join('\n').trimEnd()}\n`;
}

function row(option: Option<unknown>): string {
  const flag = option.flag === null ? '–' : code(`--${option.flag}`);
  const standard = option.default === null ? '–' : code(option.default);
  return `| ${[code(option.env), flag, standard, option.value.allowed, option.about].map(cell).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

const introduction = `# Configuration

What \`waybill serve\` can be told. A flag wins over the environment variable, and that over the default. A variable
that is empty counts as not set; variables that are not listed are ignored, flags that are not listed are refused.
Whatever has a wrong value stops the start with exit status 2 and one line that names it; the value of a secret is
never printed. Secrets have no flag, because anybody on the machine can read a process's arguments.

Durations and sizes say their unit in their name. \`waybill doctor\` looks at all of it without starting a server.

This page is made from the tables in \`src/main/config/options\`.
`;
