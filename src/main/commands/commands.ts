import type { CommandSource } from '../../transports/cli/command.ts';

/** The commands that run a part of Waybill themselves. */
export const serverCommands: readonly CommandSource[] = [
  { name: 'serve', load: async () => (await import('./serve.ts')).default },
  { name: 'dev', load: async () => (await import('./dev.ts')).default },
  { name: 'worker tasks', load: async () => (await import('./worker-tasks.ts')).default },
  { name: 'worker images', load: async () => (await import('./worker-images.ts')).default },
  { name: 'migrate', load: async () => (await import('./migrate.ts')).default },
  { name: 'backup', load: async () => (await import('./backup.ts')).default },
  { name: 'restore', load: async () => (await import('./restore.ts')).default },
  { name: 'agent image', load: async () => (await import('./agent-image.ts')).default },
  { name: 'shop test', load: async () => (await import('./shop/test.ts')).default },
  { name: 'shop product', load: async () => (await import('./shop/product.ts')).default },
  { name: 'apply', load: async () => (await import('./apply.ts')).default },
  { name: 'export', load: async () => (await import('./export.ts')).default },
  { name: 'doctor', load: async () => (await import('./doctor.ts')).default },
];
