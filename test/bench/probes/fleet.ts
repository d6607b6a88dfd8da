import { HOTSHELF, hotshelfSettings } from '../contestants/hotshelf-contestants.ts';
import { type Server, startServer } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';

/** Some processes of the service over the same servers, not pinned, each warmed up by a few reads of its own. */
export async function startHotshelf(
  stage: Stage,
  count: number,
  settings: Record<string, string> = {},
): Promise<Server[]> {
  await stage.clear();
  const options = {
    program: HOTSHELF,
    environment: { ...hotshelfSettings(stage), ...settings },
    readyPath: '/health/ready',
    place: 'anywhere',
  } as const;
  return Promise.all(Array.from({ length: count }, () => startServer(options)));
}

export async function stopAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
