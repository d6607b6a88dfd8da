import type { Totals } from './figures.js';

/** Something that a person wants to know, in words. */
export interface Happening {
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: 'bad' | 'good' | 'info';
  readonly text: string;
}

/** A rule looks at two moments, about a second apart. */
type Rule = (before: Totals, now: Totals) => readonly (readonly [Happening['kind'], string])[];

const NONE: ReturnType<Rule> = [];

/** A trial call that fails is no news: half-open is still away. */
const breaker =
  (dependency: 'redis' | 'postgres', lost: string, back: string): Rule =>
  (before, now) => {
    const [was, is] = [before, now].map(({ breakers }) => breakers[dependency] !== 'closed');
    if (was === is) return NONE;
    return is ? [['bad', lost]] : [['good', back]];
  };

/** null is a process without Redis, or one that does not know yet. */
const flag =
  (of: (totals: Totals) => boolean | null, on: string, off: string): Rule =>
  (before, now) => {
    if (of(before) === null || of(now) === null || of(before) === of(now)) return NONE;
    return [of(now) ? ['good', on] : ['bad', off]];
  };

/** A count that grows, and did not in the second before. */
const grows = (of: (totals: Totals) => number) => (before: Totals, now: Totals) => of(now) > of(before);

const LAG_SECONDS = 1;
const LATE_MS = 200;

/** In the order of their lines within one second. */
const RULES: readonly Rule[] = [
  breaker('redis', 'Redis lost. Reads go to L1 and Postgres.', 'Redis is back.'),
  breaker(
    'postgres',
    'Postgres lost. Cached keys are served; other reads and writes get 503.',
    'Postgres is back.',
  ),
  flag(
    ({ isSynced }) => isSynced,
    'L1 synced again. Invalidations arrive.',
    'L1 unsynced. No entry is trusted longer than a second.',
  ),
  flag(
    ({ isTrusted }) => isTrusted,
    'L2 trusted again. It has every committed change.',
    'L2 untrusted. It may have missed changes and is not read.',
  ),
  (before, now) => {
    if (now.elections <= before.elections) return NONE;
    return [['info', before.elections === 0 ? 'Relay leader elected.' : 'Relay leader moved.']];
  },
  (before, now) => {
    const died = now.restarts - before.restarts;
    if (died <= 0) return NONE;
    return [
      ['bad', died === 1 ? 'A worker died. It is replaced.' : `${died} workers died. They are replaced.`],
    ];
  },
  (before, now) => {
    if (now.workersServing === before.workersServing) return NONE;
    const isWhole = now.workersServing >= now.workersWanted;
    return [[isWhole ? 'good' : 'bad', `${now.workersServing} of ${now.workersWanted} workers serve.`]];
  },
  (before, now) => {
    const [was, is] = [before.outboxLagSeconds > LAG_SECONDS, now.outboxLagSeconds > LAG_SECONDS];
    if (was === is) return NONE;
    return [is ? ['bad', 'Changes wait in the outbox.'] : ['good', 'The outbox is drained.']];
  },
  (before, now) => {
    const [was, is] = [before.loopLagMs > LATE_MS, now.loopLagMs > LATE_MS];
    return !was && is ? [['bad', `The event loop is ${Math.round(now.loopLagMs)} ms late.`]] : NONE;
  },
];

/** A state that lasts some seconds is reported at its beginning and at its end. */
interface Spell {
  readonly isOn: (before: Totals, now: Totals) => boolean;
  readonly begun: string;
  readonly over: string;
}

const SPELLS: readonly Spell[] = [
  { isOn: grows(({ stale }) => stale), begun: 'Serving stale answers.', over: 'No more stale answers.' },
  { isOn: grows(({ shed }) => shed), begun: 'Shedding load.', over: 'No more load is shed.' },
  {
    isOn: grows(({ serverErrors, shed }) => serverErrors - shed),
    begun: 'Answering server errors.',
    over: 'No more server errors.',
  },
];

/** A spell is over after so many quiet seconds: traffic that trickles would begin and end it each second. */
const QUIET_SECONDS = 3;

/** Finds what happened between one moment and the next. */
export class HappeningFinder {
  /** Quiet seconds of each spell that is on. */
  private readonly quiet = new Map<Spell, number>();

  find(before: Totals, now: Totals): Happening[] {
    const found = RULES.flatMap((rule) => rule(before, now));
    const spells = SPELLS.flatMap((spell) => this.follow(spell, spell.isOn(before, now)));
    return [...found, ...spells].map(([kind, text]) => ({ at: now.atMs, kind, text }));
  }

  private follow(spell: Spell, isOn: boolean): (readonly [Happening['kind'], string])[] {
    const quiet = this.quiet.get(spell);
    if (isOn) {
      this.quiet.set(spell, 0);
      return quiet === undefined ? [['bad', spell.begun]] : [];
    }
    if (quiet === undefined) return [];
    if (quiet + 1 < QUIET_SECONDS) {
      this.quiet.set(spell, quiet + 1);
      return [];
    }
    this.quiet.delete(spell);
    return [['good', spell.over]];
  }
}
