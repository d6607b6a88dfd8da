import type { Contestant } from '../contestants/contestant.ts';
import type { LoadPlan } from '../load/plan.ts';
import { type Server, startServer } from '../processes/server-process.ts';
import type { Stage } from '../stage.ts';

const ROUNDS = 7;
/** By requests rather than by time: on a slow machine too, the code is compiled by then. */
const WARM_UP_REQUESTS = 40_000;
const REQUESTS = 20_000;

/**
 * CPU time a request of one contestant to another's, round by round, both up all the time: rounds are so short and
 * close that a busy neighbour meets both.
 */
export async function cpuRatios(
  [first, second]: readonly [Contestant, Contestant],
  stage: Stage,
): Promise<number[]> {
  await stage.clear();
  const servers: Server[] = [];
  try {
    for (const { program, readyPath, settings } of [first, second])
      servers.push(await startServer({ program, readyPath, environment: settings(stage), place: 'server' }));
    const cost = (n: number, requests: number) =>
      cpuOf(servers[n], (n === 0 ? first : second).keys('closed'), requests, stage);
    await cost(0, WARM_UP_REQUESTS);
    await cost(1, WARM_UP_REQUESTS);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      ratios.push((await cost(0, REQUESTS)) / (await cost(1, REQUESTS)));
    return ratios;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** @throws where a request fails */
async function cpuOf(
  server: Server | undefined,
  keys: LoadPlan['keys'],
  requests: number,
  { load }: Stage,
): Promise<number> {
  if (server === undefined) throw new Error('no server');
  const before = server.usage().cpuMs;
  const plan = { ports: [server.port], connections: 64, keys, seed: 1 };
  const { errors } = await load.run({ ...plan, arrivals: { kind: 'burst', requests } });
  if (Object.keys(errors).length > 0) throw new Error(`requests failed: ${JSON.stringify(errors)}`);
  return server.usage().cpuMs - before;
}
