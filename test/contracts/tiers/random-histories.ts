import assert from 'node:assert/strict';
import fc from 'fast-check';
import { entryOf, freshKey } from './samples.ts';
import type { Ticket, Tier } from './tier.ts';

/** A step of a history of one key. Versions are dealt out by the history itself, as Postgres would. */
type Step =
  /** A loader announces a fill and reads the source. */
  | { readonly do: 'begin' }
  /** One of the loaders under way brings what it read. */
  | { readonly do: 'fill'; readonly pick: number }
  /** The thing changes, and the tier is told: with the new state, or without, or of a change before the last one. */
  | { readonly do: 'put' | 'change' | 'late-put' }
  | { readonly do: 'evict' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('begin' as const) }),
  fc.record({ do: fc.constant('fill' as const), pick: fc.nat(5) }),
  fc.record({ do: fc.constantFrom('put' as const, 'change' as const, 'late-put' as const) }),
  fc.record({ do: fc.constant('evict' as const) }),
);

interface Loader {
  readonly ticket: Ticket;
  readonly version: number;
}

/** Plays a history and checks after every step that the tier holds nothing older than what it was told of. */
async function play(tier: Tier, steps: readonly Step[]): Promise<void> {
  const key = freshKey();
  const loaders: Loader[] = [];
  let source = 1;
  let told = 0;
  const begin = async () => {
    const ticket = await tier.begin(key);
    if (ticket !== null) loaders.push({ ticket, version: source });
  };
  const fill = async (pick: number) => {
    const [loader] = loaders.splice(pick % Math.max(1, loaders.length), 1);
    await loader?.ticket.fill(entryOf(key, loader.version));
  };
  const tell = async (how: 'put' | 'change') => {
    source += 1;
    told = source;
    await (how === 'put' ? tier.put(entryOf(key, source)) : tier.change(key, source));
  };
  for (const each of steps) {
    if (each.do === 'begin') await begin();
    else if (each.do === 'fill') await fill(each.pick);
    else if (each.do === 'evict') await tier.evict(key);
    else if (each.do === 'late-put') await tier.put(entryOf(key, Math.max(1, told - 1)));
    else await tell(each.do);
    const version = (await tier.get(key))?.version;
    assert.ok(version === undefined || version >= told, `version ${version} after ${told}`);
    assert.ok(version === undefined || version <= source, 'a version from nowhere');
  }
}

export async function checkRandomHistories(tier: Tier): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), (steps) => play(tier, steps)),
    { numRuns: 300 },
  );
}
