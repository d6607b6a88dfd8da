import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip, constants as zlib } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';
import { acceptableCodings, ifNoneMatchHolds, varyBy } from './negotiation.js';

const pack = promisify(gzip);

export interface DocumentOptions {
  readonly mediaType: string;
  /** Called at the first request; the bytes are kept until the process ends. */
  readonly read: () => string | Buffer | Promise<string | Buffer>;
  /**
   * How long a client may use it without asking again, in seconds; default 0: it revalidates each time, and mostly gets
   * 304.
   */
  readonly maxAgeSeconds?: number;
  /**
   * Whether it is sent compressed or not at all; default false. Set for large ones: uncompressed, one answer would cost as
   * much as a hundred hits. A client that sends no Accept-Encoding takes any (RFC 9110 §12.5.3).
   */
  readonly compressedOnly?: boolean;
}

/** One representation: the bytes and their strong entity tag. */
interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
}

interface Ready {
  readonly plain: Representation;
  readonly packed: Representation;
}

/**
 * Serves a document that does not change while the process lives. It is read, hashed and compressed once, at
 * the first request.
 *
 * @param path where it is served, also as HEAD
 */
export function addDocument(fastify: FastifyInstance, path: string, options: DocumentOptions): void {
  const document = new ReadyDocument(options);
  fastify.get(path, (request, reply) => document.send(request, reply));
}

class ReadyDocument {
  private ready: Promise<Ready> | undefined;

  constructor(private readonly options: DocumentOptions) {}

  async send({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { mediaType, maxAgeSeconds = 0, compressedOnly = false } = this.options;
    this.ready ??= this.make();
    const { plain, packed } = await this.ready.catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    const { 'accept-encoding': accepted } = headers;
    const isPacked =
      accepted === undefined ? compressedOnly : acceptableCodings(String(accepted)).includes('gzip');
    if (!isPacked && compressedOnly)
      throw new ProblemError('NOT_ACCEPTABLE', { detail: 'It is only sent with the content coding gzip.' });
    const { bytes, etag } = isPacked ? packed : plain;
    varyBy(reply, 'Accept-Encoding');
    reply.headers({
      etag,
      'cache-control': maxAgeSeconds === 0 ? 'no-cache' : `public, max-age=${maxAgeSeconds}`,
    });
    if ([plain, packed].some(({ etag: known }) => ifNoneMatchHolds(headers['if-none-match'], known)))
      return reply.code(304).send();
    if (isPacked) reply.header('content-encoding', 'gzip');
    return reply.type(mediaType).send(bytes);
  }

  private async make(): Promise<Ready> {
    const bytes = Buffer.from(await this.options.read());
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    const packed = await pack(bytes, { level: zlib.Z_BEST_COMPRESSION });
    // A document that is never sent uncompressed is not kept uncompressed.
    const plain = this.options.compressedOnly === true ? Buffer.alloc(0) : bytes;
    return {
      plain: { bytes: plain, etag: `"${hash}"` },
      packed: { bytes: packed, etag: `"${hash}-gzip"` },
    };
  }
}
