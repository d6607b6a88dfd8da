import assert from 'node:assert/strict';
import fc from 'fast-check';
import { entryOf, freshKey } from './samples.ts';
import type { Ticket, Tier } from './tier.ts';

/** A step of a history of one key. Versions are dealt out by the history itself, as Postgres would. */
type Step =
  /** A loader announces a fill and reads the origin. */
  | { readonly do: 'begin' }
  /** A writer announces its write and commits it. */
  | { readonly do: 'write' }
  /** A writer announces a write that commits by itself, and one of these commits. */
  | { readonly do: 'send' }
  | { readonly do: 'commit'; readonly pick: number }
  /** One of the loaders, or of the writers, under way brings what it read, or wrote. */
  | { readonly do: 'fill' | 'bring'; readonly pick: number }
  /** The row changes, and the tier gets the change: with the new state, or without, or one before the last. */
  | { readonly do: 'put' | 'change' | 'replay' | 'late-put' }
  | { readonly do: 'evict' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('begin' as const, 'write' as const, 'send' as const) }),
  fc.record({ do: fc.constantFrom('fill' as const, 'bring' as const, 'commit' as const), pick: fc.nat(5) }),
  fc.record({
    do: fc.constantFrom('put' as const, 'change' as const, 'replay' as const, 'late-put' as const),
  }),
  fc.record({ do: fc.constant('evict' as const) }),
);

/** A loader or a writer under way. */
interface UnderWay {
  readonly ticket: Ticket;
  readonly version: number;
}

/** Plays a history and checks after every step that the tier holds nothing older than the last change that it got. */
async function play(tier: Tier, steps: readonly Step[]): Promise<void> {
  const key = freshKey();
  const loaders: UnderWay[] = [];
  const writers: UnderWay[] = [];
  const sent: Ticket[] = [];
  let source = 1;
  let known = 0;
  const begin = async () => {
    const ticket = await tier.begin(key);
    if (ticket !== null) loaders.push({ ticket, version: source });
  };
  const fill = async (pick: number) => {
    const [loader] = loaders.splice(pick % Math.max(1, loaders.length), 1);
    await loader?.ticket.fill(entryOf(key, loader.version));
  };
  const write = async () => {
    const ticket = await tier.claim(key, source + 1);
    source += 1;
    writers.push({ ticket, version: source });
  };
  const commit = (pick: number) => {
    const [ticket] = sent.splice(pick % Math.max(1, sent.length), 1);
    if (ticket === undefined) return;
    source += 1;
    writers.push({ ticket, version: source });
  };
  const bring = async (pick: number) => {
    const [writer] = writers.splice(pick % Math.max(1, writers.length), 1);
    if (writer === undefined) return;
    await writer.ticket.fill(entryOf(key, writer.version));
    known = Math.max(known, writer.version);
  };
  const apply = async (how: 'put' | 'change' | 'replay') => {
    source += 1;
    known = source;
    await (how === 'put' ? tier.put(entryOf(key, source)) : tier.change(key, source, how === 'replay'));
  };
  for (const each of steps) {
    if (each.do === 'begin') await begin();
    else if (each.do === 'fill') await fill(each.pick);
    else if (each.do === 'write') await write();
    else if (each.do === 'send') sent.push(await tier.announce(key));
    else if (each.do === 'commit') commit(each.pick);
    else if (each.do === 'bring') await bring(each.pick);
    else if (each.do === 'evict') await tier.evict(key);
    else if (each.do === 'late-put') await tier.put(entryOf(key, Math.max(1, known - 1)));
    else await apply(each.do);
    const version = (await tier.get(key))?.version;
    assert.ok(version === undefined || version >= known, `version ${version} after ${known}`);
    assert.ok(version === undefined || version <= source, 'a version from nowhere');
  }
}

export async function checkRandomHistories(tier: Tier): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), (steps) => play(tier, steps)),
    { numRuns: 300 },
  );
}
