import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** A name that is known is not waited for longer than this, in milliseconds. */
const PATIENCE_MS = 250;

type Resolved =
  | { readonly kind: 'addresses'; readonly addresses: readonly LookupAddress[] }
  | { readonly kind: 'failed'; readonly error: NodeJS.ErrnoException };

/**
 * Resolves the names of one dependency, as the operating system does, with one lookup under way at a time.
 *
 * A lookup cannot be cancelled, and all lookups of a process share two of libuv's four threads. A resolver that does not
 * answer holds a thread for up to a minute; the retries of one dependency would take both, and another dependency, whose
 * name resolves at once, would wait for them. So each dependency gets one thread: one lookup for all callers that ask
 * for a name, and the next name after it. A name that resolved before is used as it was while its lookup hangs.
 */
export class NameLookup {
  private readonly known = new Map<string, readonly LookupAddress[]>();
  private readonly pending = new Map<string, Promise<Resolved>>();
  private last: Promise<unknown> = Promise.resolve();

  /** To be given to `net.connect`. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    void this.resolve(name, options).then((resolved) => {
      if (resolved.kind === 'failed') callback(resolved.error, '');
      else if (options.all === true) callback(null, [...resolved.addresses]);
      else callback(null, resolved.addresses[0]?.address ?? '', resolved.addresses[0]?.family);
    });
  };

  private async resolve(name: string, options: LookupOptions): Promise<Resolved> {
    const key = `${name} ${options.family ?? 0} ${options.hints ?? 0}`;
    const fresh = this.pending.get(key) ?? this.enqueue(key, name, options);
    if (!this.known.has(key)) return await fresh;
    const impatient = Promise.withResolvers<void>();
    const timer = setTimeout(impatient.resolve, PATIENCE_MS);
    const resolved = await Promise.race([fresh, impatient.promise]);
    clearTimeout(timer);
    const addresses = this.known.get(key) ?? [];
    // A name that no longer exists is an answer; a resolver that gave none is not.
    const isUnanswered = resolved?.kind === 'failed' && resolved.error.code === 'EAI_AGAIN';
    return !resolved || isUnanswered ? { kind: 'addresses', addresses } : resolved;
  }

  private enqueue(key: string, name: string, options: LookupOptions): Promise<Resolved> {
    const fresh = this.last.then(() => ask(name, options));
    this.last = fresh;
    this.pending.set(key, fresh);
    void fresh.then((resolved) => {
      this.pending.delete(key);
      if (resolved.kind === 'addresses') this.known.set(key, resolved.addresses);
    });
    return fresh;
  }
}

function ask(name: string, options: LookupOptions): Promise<Resolved> {
  return new Promise((resolve) => {
    dns.lookup(name, { ...options, all: true }, (error, addresses) => {
      resolve(error === null ? { kind: 'addresses', addresses } : { kind: 'failed', error });
    });
  });
}
