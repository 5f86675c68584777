#!/usr/bin/env node
import { chmodSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The program `waybill`. What Node has compiled is kept in the user's own cache folder, which halves the
 * time that a short command takes; so it has to be said before anything else is loaded. Whoever could write there
 * would have this user run what it likes: nobody else may, whatever the umask.
 */
const { XDG_CACHE_HOME: cacheHome, HOME: home = homedir(), NODE_DISABLE_COMPILE_CACHE: off } = process.env;
const cache = join(cacheHome?.startsWith('/') ? cacheHome : join(home, '.cache'), 'waybill', 'compiled');
if (!off) {
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    chmodSync(cache, 0o700);
    enableCompileCache(cache);
  } catch {
    // It cannot be made, or is somebody else's: this start takes longer.
  }
}

await import('./program.ts');
