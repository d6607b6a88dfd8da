import type { Redis } from 'ioredis';

/** What a Redis did while some work went on, by its own count. */
export interface RedisWork {
  readonly scripts: number;
  readonly bytesSent: number;
}

async function statsOf(server: Redis): Promise<RedisWork> {
  const [commands, network] = await Promise.all([server.info('commandstats'), server.info('stats')]);
  const callsOf = (command: string) =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(commands)?.[1] ?? 0);
  return {
    scripts: callsOf('evalsha'),
    bytesSent: Number(/total_net_output_bytes:(\d+)/.exec(network)?.[1] ?? 0),
  };
}

export async function redisWorkDuring(server: Redis, work: () => Promise<unknown>): Promise<RedisWork> {
  const before = await statsOf(server);
  await work();
  const after = await statsOf(server);
  return {
    scripts: after.scripts - before.scripts,
    bytesSent: after.bytesSent - before.bytesSent,
  };
}
