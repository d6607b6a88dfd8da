import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { canPin } from './processes/pinning.ts';
import type { Stage } from './stage.ts';

/** Where, when and with what something was measured. */
export interface Conditions {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  /** Of the last minute before the bench began: more than a little, and the figures are those of a shared machine. */
  readonly loadBefore: number;
  readonly isPinned: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

export async function conditionsOf(command: string, stage: Stage): Promise<Conditions> {
  const [{ server_version: postgres = '?' } = {}] = await stage.catalogue.sql<{ server_version: string }>(
    'SHOW server_version',
  );
  const redis = /redis_version:(\S+)/.exec(await stage.redis.client.info('server'))?.[1] ?? '?';
  const processors = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString(),
    command,
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${gib} GiB, Linux ${release()}`,
    loadBefore: loadavg()[0] ?? 0,
    isPinned: canPin(),
    versions: { Node: process.version.slice(1), Postgres: postgres, Redis: redis, ...packageVersions() },
  };
}

function packageVersions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const { dependencies, devDependencies } = manifest as Record<string, Record<string, string>>;
  const all = { ...dependencies, ...devDependencies };
  const shown = ['fastify', '@nestjs/core', 'ioredis', 'bentocache', '@nestjs/cache-manager'];
  return Object.fromEntries(shown.map((name) => [name, all[name] ?? '?']));
}
