#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The program `waybill`. What Node has compiled is kept in the user's own cache folder, which halves the
 * time that a short command takes; so it has to be said before anything else is loaded.
 */
const { XDG_CACHE_HOME: cacheHome, HOME: home = homedir() } = process.env;
enableCompileCache(join(cacheHome?.startsWith('/') ? cacheHome : join(home, '.cache'), 'waybill', 'compiled'));

await import('./program.ts');
