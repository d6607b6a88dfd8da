import type { Redis } from 'ioredis';

/** Ends every connection of that name from the server's side. @returns how many there were */
export async function killClients(server: Redis, name: string): Promise<number> {
  const lines = String(await server.client('LIST')).split('\n');
  const ids = lines
    .filter((line) => line.includes(` name=${name} `))
    .map((line) => /^id=(\d+)/.exec(line)?.[1]);
  for (const id of ids) if (id !== undefined) await server.call('CLIENT', 'KILL', 'ID', id);
  return ids.length;
}
