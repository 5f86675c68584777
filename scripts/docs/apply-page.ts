import * as z from 'zod';
import { unwrapped } from '../../src/contract/input/spelling.ts';
import { entries } from '../../src/main/apply/file.ts';

/** docs/guides/apply.md: its tables are made of the schemas that the file is read by. */
export function applyPage(): string {
  return `${introduction}

## types

${table(entries.types)}

## schedules

${table(entries.schedules)}

Those of \`kind: command\` take the fields of command jobs instead of \`type\` and \`data\`, as \`POST
/api/v1/schedules\` does.

## themes

${table(entries.themes)}

A theme is replaced as a whole, and what it leaves out is as in the theme \`default\` that ships. It goes before one of
the same name that ships or is of \`THEMES_FILE\`; deleting it brings that back. Servers use it within two seconds,
for the steps of the pipeline that begin from then on. Only where product images are served; whether webhooks may ask
for it is said by \`THEMES\`. [Product photos](product-photos.md) has what the fields do.

## plans

\`free\` and \`pro\`:

${table(entries.plans)}

## users

${table(entries.users)}

A password is never in the file: a user that is not there yet is created with the one in the variable
\`passwordEnv\`, and later runs neither need nor change it.

## What is elsewhere

Quotas of storage are set by \`QUOTA_JOBS\` and its like when a server starts
([configuration](../configuration.md)). Endpoints of webhooks are not registered, so there is nothing of them to
apply: a task, a type's submitter or a schedule names its own as \`webhookUrl\`, and one secret of its owner signs
all of them (\`GET /api/v1/webhooks/secret\`). Secrets and providers have commands of their own (\`waybill secret\`,
\`waybill provider\`).

This page is generated from \`scripts/docs/apply-page.ts\` and the schemas of the routes.
`;
}

const example = `types:
  import_voters:
    limits:
      maxRunning: 8
      rate: { count: 100, windowMs: 60000 }
    defaults:
      maxAttempts: 5
      backoff: { firstMs: 1000, maxMs: 60000 }
      timeout: 900000
    searchable: [county]
    inputSchema:
      type: object
      required: [file]
      properties:
        file: { type: string }
        county: { type: string }
  report:
    paused: true

schedules:
  nightly import:
    cron: '30 2 * * *'
    timeZone: Europe/Berlin
    type: import_voters
    data: { file: county.csv, county: Kent }
  weekly report:
    cron: '@weekly'
    missed: skip
    enabled: false
    type: report

themes:
  spring:
    title: Spring
    light: right
    aspects: ['1x1', '4x5']
    backdrops:
      - { style: arch, wall: '#eef3e6', floor: '#f5f8ef', accents: ['#c8dcae'] }

plans:
  free: { startingCredits: 25, runningJobs: 2 }

users:
  mira:
    email: mira@shop.example
    name: Mira
    roles: [user, operator]
    plan: pro
    passwordEnv: MIRA_PASSWORD
`;

const introduction = `# A server's settings as a file

\`waybill apply\` makes a server's task types, schedules, themes of product images, plans and users as a file
says, so that they can be kept with the code, reviewed and deployed with it:

\`\`\`yaml
${example}\`\`\`

\`\`\`sh
waybill apply -f waybill.yaml --dry-run    # shows what would change
waybill apply -f waybill.yaml              # shows it, asks, and changes it
waybill apply -f waybill.yaml --yes        # without asking, as in a deployment
waybill apply -f waybill.yaml --prune      # deletes what the file does not name, too
waybill export > waybill.yaml              # what a server has now
\`\`\`

The file is YAML or JSON, of up to 4 MB. What it does not name stays as it is: a section or an entry that is
missing, and within an entry of \`types\`, \`plans\` and \`users\` a field that is missing. A schedule or a
theme is replaced as a whole. A second run says \`No changes.\`; a file with a mistake changes nothing, and each mistake
is told with its line:

\`\`\`
waybill: waybill.yaml:3: types.import_voters.limit is not a field; did you mean limits?
\`\`\`

The changes are made one after the other, plans first, then users, types, schedules and themes. If one is refused, those
before it are made; mend the file and run it again. With \`--json\` the changes are printed as JSON.

\`types\`, \`schedules\` and \`themes\` take an operator, \`plans\` and \`users\` an administrator. Schedules
are those of whoever applies the file, whose tasks they submit, and are told apart by their names.

## Deleting

\`NAME: null\` deletes a schedule, a theme or a user, if it is there.

With \`--prune\` the file is the whole of each section that it has:

| section | what the file does not name |
| --- | --- |
| \`schedules\` | Yours are deleted; those of others stay. |
| \`themes\` | Stored ones are deleted. |
| \`users\` | They are deleted, but for whoever applies the file. |
| \`types\` | Limits, defaults, \`searchable\` and \`paused\` are reset. A type's schema stays: its workers set it. |
| \`plans\` | The limits are those that ship. |

A section that is missing, or has nothing after its name, stays as it is; \`schedules: {}\` deletes all of yours. A
server does not record where an entry came from, so this also takes what people made in the console or by other files:
it is shown before it is done, and \`--prune --dry-run\` only shows it.`;

function table(schema: z.core.$ZodType): string {
  const rows = rowsOf(schema, '').map(([name, about]) => `| \`${name}\` | ${about.replaceAll('|', '\\|')} |`);
  return `| field | |\n| --- | --- |\n${rows.join('\n')}`;
}

function rowsOf(schema: z.core.$ZodType, prefix: string): readonly (readonly [name: string, about: string])[] {
  const { inner } = unwrapped(schema);
  const object = inner instanceof z.ZodDiscriminatedUnion ? inner.options[0] : inner;
  if (!(object instanceof z.ZodObject)) return [];
  return Object.entries(object.shape as Record<string, z.ZodType>).flatMap(([name, field]) => {
    // Its key.
    if (prefix === '' && name === 'name' && inner !== object) return [];
    const nested = rowsOf(field, `${prefix}${name}.`);
    return nested.length > 0 ? nested : [[`${prefix}${name}`, aboutOf(field)] as const];
  });
}

/** Its own description, or that of what is inside. */
function aboutOf(field: z.ZodType): string {
  for (let at: z.core.$ZodType | undefined = field; at !== undefined; at = innerOf(at)) {
    const { description } = at as z.ZodType;
    if (description !== undefined) return description;
  }
  return '';
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return (schema._zod.def as { readonly innerType?: z.core.$ZodType }).innerType;
}
