import { fileURLToPath } from 'node:url';

/** The service, as production runs it. */
export const API_ENTRY = fileURLToPath(new URL('../../../api/src/main.js', import.meta.url));

/** The job that brings the schema up to date. */
export const MIGRATE_ENTRY = fileURLToPath(new URL('../../../api/src/migrate.js', import.meta.url));

/**
 * What Node is told ahead of the service's code; the image says the same (docker/Dockerfile). The young generation is a
 * good part of what a process holds, and V8 sizes it by the machine before any code of ours runs. It must not shrink
 * either, as it would in a quiet minute: hits would be interrupted for ever shorter collections.
 */
export const API_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=16', '--min-semi-space-size=16'];

/** Read by the C library before anything else: without it, each of Node's threads keeps a heap of its own. */
export const API_ALLOCATION: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };
