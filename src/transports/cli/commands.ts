import type { CommandEntry } from './command.ts';

/** The commands that only talk to a server. */
export const clientCommands: readonly CommandEntry[] = [
  { name: 'job create', load: async () => (await import('./job/create.ts')).default },
  { name: 'job upload', load: async () => (await import('./job/upload.ts')).default },
  { name: 'job confirm', load: async () => (await import('./job/confirm.ts')).default },
  { name: 'job execute', load: async () => (await import('./job/execute.ts')).default },
  { name: 'job get', load: async () => (await import('./job/get.ts')).default },
  { name: 'job list', load: async () => (await import('./job/list.ts')).default },
  { name: 'job watch', load: async () => (await import('./job/watch.ts')).default },
  { name: 'job events', load: async () => (await import('./job/events.ts')).default },
  { name: 'job download', load: async () => (await import('./job/download.ts')).default },
  { name: 'job cancel', load: async () => (await import('./job/cancel.ts')).default },
  { name: 'preset list', load: async () => (await import('./preset/list.ts')).default },
  { name: 'account show', load: async () => (await import('./account/show.ts')).default },
  { name: 'account grant', load: async () => (await import('./account/grant.ts')).default },
  { name: 'account ledger', load: async () => (await import('./account/ledger.ts')).default },
  { name: 'token create', load: async () => (await import('./token/create.ts')).default },
  { name: 'token list', load: async () => (await import('./token/list.ts')).default },
  { name: 'token revoke', load: async () => (await import('./token/revoke.ts')).default },
  { name: 'login', load: async () => (await import('./session/login.ts')).default },
  { name: 'logout', load: async () => (await import('./session/logout.ts')).default },
];
