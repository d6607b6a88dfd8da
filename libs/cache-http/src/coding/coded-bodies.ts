import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock, codedShareBytes } from '#libs/cache';
import { CacheConfig } from '#libs/config';

/** The content codings that lists are sent in. */
export type Coding = 'br' | 'gzip';

export type Acceptable = Coding | 'identity';

/** Of codings that a client likes alike, the first one is sent. */
const PREFERENCE: readonly Acceptable[] = ['br', 'gzip', 'identity'];

/** A coding and its weight (RFC 9110 §12.5.3, §12.4.2), without the spaces around them. */
const ELEMENT = /^([!#$%&'*+.^_`|~\dA-Za-z-]{1,32})(?:\s{0,8};\s{0,8}[qQ]=([01](?:\.\d{0,3})?))?$/;

/** Below every weight that can be written: whatever else is acceptable is better. */
const UNNAMED = 0.000_1;

/** No browser sends so much. A longer one counts as none, so that reading it costs little. */
const MAX_LENGTH = 256;

/**
 * What a client takes, the best first (RFC 9110 §12.5.3). A client that says nothing takes everything, and is sent no coding:
 * most such clients cannot undo one. An element that cannot be read is left out.
 *
 * @param header the request's `Accept-Encoding`
 * @returns empty if the client takes nothing that there is
 */
export function acceptableCodings(header: string | undefined): readonly Acceptable[] {
  if (header === undefined || header.length > MAX_LENGTH) return ['identity', 'br', 'gzip'];
  const weights = weightsIn(header);
  const weightOf = (coding: Acceptable) =>
    weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? UNNAMED : 0);
  return PREFERENCE.filter((coding) => weightOf(coding) > 0).sort(
    (one, other) => weightOf(other) - weightOf(one),
  );
}

function weightsIn(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of header.split(',')) {
    const [, name, weight = '1'] = ELEMENT.exec(element.trim()) ?? [];
    if (name === undefined) continue;
    const coding = name.toLowerCase();
    // An old name for the same (RFC 9110 §8.4.1.3).
    weights.set(coding === 'x-gzip' ? 'gzip' : coding, Math.min(1, Number(weight)));
  }
  return weights;
}

/** The tags of so many bodies are remembered as asked for once. */
const ASKED = 2_048;

/** After each compression the compressor rests for so many times as long: it takes a twentieth of one processor at most. */
const REST = 19;

/** Requests that take nothing uncoded wait for their compression; so many at once, and no more. */
const MAX_WAITING = 8;

/** What a body costs beside its bytes: the Buffer, its memory's own head, the key. */
const OVERHEAD_BYTES = 300;

const BROTLI_QUALITY = 5;

const COMPRESS: Record<Coding, (bytes: Buffer) => Promise<Buffer>> = {
  gzip: promisify(gzip) as (bytes: Buffer) => Promise<Buffer>,
  br: (bytes) =>
    (promisify(brotliCompress) as (bytes: Buffer, options: object) => Promise<Buffer>)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
};

/**
 * Compressed bodies, found by the entity tag of what was compressed: a tag is the digest of its body, so none is ever out of
 * date. They have a share of L1's bytes.
 *
 * A body is compressed when it is asked for a second time, in the background, one body at a time, with a rest after each:
 * a client that asks for a new list each time makes the process compress as little as one that asks for none.
 */
@Injectable()
export class CodedBodies {
  private readonly bodies: LRUCache<string, Buffer>;
  private readonly asked = new LRUCache<string, true>({ max: ASKED });
  private line: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: CacheConfig,
    private readonly clock: Clock,
  ) {
    this.bodies = new LRUCache<string, Buffer>({
      maxSize: codedShareBytes(config),
      sizeCalculation: (bytes, key) => bytes.length + key.length + OVERHEAD_BYTES,
    });
  }

  get bytes(): number {
    return this.bodies.calculatedSize;
  }

  /** @param etag of the uncoded body */
  ready(etag: string, coding: Coding): Buffer | undefined {
    return this.bodies.get(coding + etag);
  }

  /** Someone would rather have had the body coded. The second time, it is made ready for the next one. */
  ask(etag: string, coding: Coding, body: string): void {
    const isFirst = this.asked.get(etag) === undefined;
    if (isFirst) this.asked.set(etag, true);
    if (isFirst || this.waiting > 0 || this.clock.nowMs() < this.restsUntilMs) return;
    // What fails is tried again by the next one who asks.
    this.enqueue(etag, coding, body).catch(() => undefined);
  }

  /** For a client that takes nothing else. @returns null if too many wait already */
  async demand(etag: string, coding: Coding, body: string): Promise<Buffer | null> {
    return this.waiting >= MAX_WAITING ? null : this.enqueue(etag, coding, body);
  }

  private enqueue(etag: string, coding: Coding, body: string): Promise<Buffer> {
    this.waiting += 1;
    const made = this.line
      .then(() => this.make(etag, coding, body))
      .finally(() => {
        this.waiting -= 1;
      });
    this.line = made.catch(() => undefined);
    return made;
  }

  private async make(etag: string, coding: Coding, body: string): Promise<Buffer> {
    const ready = this.ready(etag, coding);
    if (ready !== undefined) return ready;
    const restMs = this.restsUntilMs - this.clock.nowMs();
    if (restMs > 0) await this.clock.wait(restMs);
    const startedAtMs = this.clock.nowMs();
    const coded = await COMPRESS[coding](Buffer.from(body, 'latin1'));
    const endedAtMs = this.clock.nowMs();
    this.restsUntilMs = endedAtMs + REST * (endedAtMs - startedAtMs);
    // Memory of its own: a small Buffer keeps the whole pool that it was cut from.
    const kept = Buffer.allocUnsafeSlow(coded.length);
    coded.copy(kept);
    this.bodies.set(coding + etag, kept);
    return kept;
  }
}
