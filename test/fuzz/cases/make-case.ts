import type { Random } from '../../coherence/random.ts';
import type { Ending, FuzzCase } from '../fuzz-case.ts';
import type { DescribedRequests } from './described.ts';
import { garbage, mutated } from './garbage.ts';
import { hostileRequest, plainRequest } from './hostile.ts';

interface Part {
  readonly method: string;
  readonly bytes: Buffer;
}

/** Longer ones would take seconds to send byte by byte. */
const MAX_BYTEWISE = 1_500;
const MAX_CUTS = 12;

/** Cases of a lane whose writes only it sees: requests with a key among them, whole or spoiled, alone or one behind another. */
export function writingCase(random: Random, described: DescribedRequests): FuzzCase {
  const parts = several(random, () =>
    random.next() < 0.75
      ? described.next()
      : random.next() < 0.5
        ? plainRequest(random)
        : hostileRequest(random),
  );
  const made =
    random.next() < 0.2 ? spoiled('described, spoiled', parts, random) : whole('described', parts, random);
  // One service may have written what the other has not when a client leaves: they would differ from then on.
  return made.ending === 'aborted' ? { ...made, ending: 'half-closed' } : made;
}

/** Cases that change nothing, so that several lanes may send them at once. */
export function readingCase(random: Random): FuzzCase {
  const kind = random.next();
  if (kind < 0.3)
    return whole(
      'plain',
      several(random, () => plainRequest(random)),
      random,
    );
  if (kind < 0.65)
    return whole(
      'hostile',
      several(random, () => (random.next() < 0.6 ? hostileRequest(random) : plainRequest(random))),
      random,
    );
  if (kind < 0.85)
    return spoiled(
      'spoiled',
      several(random, () => hostileRequest(random)),
      random,
    );
  const before = random.next() < 0.4 ? [plainRequest(random).bytes] : [];
  return sent('garbage', Buffer.concat([...before, garbage(random)]), random, null);
}

function several(random: Random, make: () => Part): Part[] {
  const parts = [make()];
  while (random.next() < 0.4) parts.push(make());
  return parts;
}

function whole(family: string, parts: readonly Part[], random: Random): FuzzCase {
  return sent(
    family,
    Buffer.concat(parts.map(({ bytes }) => bytes)),
    random,
    parts.map(({ method }) => method),
  );
}

function spoiled(family: string, parts: readonly Part[], random: Random): FuzzCase {
  return sent(family, mutated(Buffer.concat(parts.map(({ bytes }) => bytes)), random), random, null);
}

function sent(family: string, bytes: Buffer, random: Random, methods: readonly string[] | null): FuzzCase {
  const kind = random.next();
  const ending: Ending = kind < 0.7 ? 'last request' : kind < 0.93 ? 'half-closed' : 'aborted';
  return { family, bytes, cuts: cutsOf(bytes.length, random), ending, methods };
}

function cutsOf(length: number, random: Random): number[] {
  const kind = random.next();
  if (kind < 0.6) return [];
  if (kind < 0.68 && length <= MAX_BYTEWISE) return Array.from({ length }, (_, n) => n + 1);
  const cuts = Array.from({ length: 1 + Math.floor(random.next() * MAX_CUTS) }, () =>
    Math.floor(random.next() * length),
  );
  return cuts.sort((one, other) => one - other);
}
