import { anyText, asSecret, optional, repeated, toggle, type Flags } from './flag.ts';

export const defaultServer = 'http://127.0.0.1:8787';

/** Of every command that talks to a server. */
export const serverFlags = {
  server: optional(
    'URL',
    anyText,
    `Address of the server. Default: that of the last \`waybill login\`, or else ${defaultServer}.`,
    'WAYBILL_SERVER',
  ),
  token: asSecret(optional(
    'TOKEN',
    anyText,
    'Token or API key. Default: what `waybill login` saved for the server.',
    'WAYBILL_TOKEN',
  )),
} as const satisfies Flags;

/** Of every command. */
export const commonFlags = {
  envFile: repeated(
    'FILE',
    anyText,
    'Take environment variables from this file, except those that are set. Can be given several times.',
  ),
  json: toggle('Print JSON, including errors.'),
  help: toggle('Print this help.'),
} as const satisfies Flags;
