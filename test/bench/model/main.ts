import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../apps/local/src/terminal.ts';
import { logPlotPage } from '../../../deploy/capacity/plot.ts';
import { endOnSignals } from '../processes/end-on-signals.ts';
import { markdownTable } from '../report/markdown.ts';
import { shown } from '../report/numbers.ts';
import { setStage } from '../stage.ts';
import { ASSUMED, costOf, mostChanges } from './fleet-model.ts';
import { type UnitCosts, unitCosts } from './unit-costs.ts';

const FLEETS = [4, 16, 64, 250, 1_000];
const CHANGES = [100, 1_000, 10_000, 100_000];
const OUT = join(ROOT, '.hotshelf/model');

const UNITS: Readonly<Record<keyof UnitCosts, string>> = {
  notified: 'a process, notified of a change',
  fetched: 'a process, fetching the changed entry',
  relayed: 'the leader of the relay, a change',
  redisChange: 'Redis, a change',
  redisNotification: 'Redis, a notification to one process',
  redisFetch: 'Redis, an entry that is fetched',
  redisLoad: 'Redis, a load',
  postgresChange: 'Postgres, a change by SQL',
  postgresLoad: 'Postgres, a load',
};

const percent = (share: number) => `${shown(share * 100)} %`;

function tables(unit: UnitCosts): string {
  const units = Object.entries(UNITS).map(([name, what]) => [what, shown(unit[name as keyof UnitCosts])]);
  const grid = FLEETS.flatMap((processes) =>
    CHANGES.map((changesPerSecond) => {
      const cost = costOf({ processes, changesPerSecond }, unit);
      return [
        shown(processes),
        shown(changesPerSecond),
        ...[cost.perProcess, cost.relay, cost.redis, cost.postgres].map(percent),
        shown(cost.masters),
        cost.limit,
      ];
    }),
  );
  const limits = FLEETS.map((processes) => {
    const { changesPerSecond, limit } = mostChanges(processes, unit);
    return [shown(processes), shown(Math.floor(changesPerSecond)), limit];
  });
  const shares = ['a process', 'the relay', 'Redis', 'Postgres'].map((part) => `${part}, of a processor`);
  return [
    markdownTable(['processor time', 'µs'], units, 1),
    markdownTable(['processes', 'changes/s', ...shares, 'masters', 'limit'], grid, 0),
    markdownTable(['processes', 'changes/s at most', 'the limit then'], limits, 0),
    `Every change is of another key, and every process holds it. Limits: ${percent(ASSUMED.processShare)} of a process, ${percent(ASSUMED.relayShare)} of the leader, ${percent(ASSUMED.redisShare)} of a Redis thread and ${ASSUMED.mostMasters} masters, ${percent(ASSUMED.postgresShare)} of ${ASSUMED.postgresProcessors} processors of Postgres.\n`,
  ].join('\n');
}

function plots(unit: UnitCosts) {
  const over = (of: (processes: number) => number) => FLEETS.map((n) => [n, of(n)] as const);
  const at = (changesPerSecond: number) => (processes: number) =>
    costOf({ processes, changesPerSecond }, unit).redis;
  const colours = ['#1b6ca8', '#4aa564', '#c0662b', '#7a4fa3'];
  return [
    {
      title: 'Redis over the size of the fleet',
      unit: 'processors of Redis',
      over: 'processes',
      lines: CHANGES.map((changes, n) => ({
        name: `${shown(changes)} changes/s`,
        colour: colours[n] ?? '#888',
        points: over(at(changes)),
      })),
    },
    {
      title: 'The most changes over the size of the fleet',
      unit: 'changes a second',
      over: 'processes',
      lines: [
        {
          name: 'at the limit',
          colour: '#1b6ca8',
          points: over((n) => mostChanges(n, unit).changesPerSecond),
        },
      ],
    },
  ];
}

endOnSignals();
process.stdout.write('Measuring unit costs over one and four processes, three minutes …\n');
const stage = await setStage(10_000);
try {
  const unit = await unitCosts(stage);
  const text = tables(unit);
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, 'model.json'), JSON.stringify(unit, null, 2));
  writeFileSync(join(OUT, 'model.html'), logPlotPage('Fleets of Hotshelf under changes', text, plots(unit)));
  process.stdout.write(`\n${text}\nPlots: ${join(OUT, 'model.html')}\n`);
} finally {
  await stage.stop();
}
