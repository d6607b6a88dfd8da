import { Injectable } from '@nestjs/common';
import {
  Cache,
  type CacheEntry,
  type CacheKey,
  type CacheRead,
  type EntryTimes,
  etagOf,
  type KeyRead,
  type Loaded,
  type PresentEntry,
  type ReadOptions,
  serialised,
} from '#libs/cache';
import { type CachedResourceOptions, loadFrom } from '../cached-resource.js';
import type { Answerable } from '../responder.js';

/** Where the members' ids come from: from the request itself, or from the origin, whose list is cached in a group. */
export type MemberList =
  | { readonly kind: 'given'; readonly ids: readonly string[] }
  | {
      readonly kind: 'listed';
      readonly key: CacheKey;
      /** A change of it begins its next generation, and the list is loaded again. */
      readonly group: CacheKey;
      readonly load: () => Promise<IdList>;
      /** Whether a client can ask for any number of such lists. Default: there are few. */
      readonly isOneOfMany?: boolean;
    };

/** What was found of a collection. */
export interface FoundMembers {
  readonly list: IdList;
  /** Those of the list that are not there, or not any more. */
  readonly missing: readonly string[];
}

/**
 * How a route's answers of many things are cached: each thing as on the route of its own, and beside them at most the
 * list of their ids. `S` is what the controller's method returns, a selection of things; `T` is such a thing.
 */
export interface CachedCollectionOptions<S, T> {
  /** How a member is cached. */
  readonly member: CachedResourceOptions<T>;
  /** The parameter of the member's own route that holds its id. Default: `id`. */
  readonly param?: string;
  /** Loads a member that no tier has. Members are asked for all at once, so that they may share a statement. */
  readonly load: (selection: S, id: string) => Promise<T>;
  readonly list: (selection: S) => MemberList;
  /** What a client sees beside `items`. */
  readonly rest: (selection: S, found: FoundMembers) => Readonly<Record<string, unknown>>;
  /** The reference of what follows, for a `Link` with `rel="next"` (RFC 8288); null where nothing does. */
  readonly next: (selection: S, found: FoundMembers) => string | null;
}

export const DEFAULT_PARAM = 'id';

export const CACHED_COLLECTION = Symbol('cached collection');

/** The members of a collection, by their ids and in their order, and whether there are more after them. */
export interface IdList {
  readonly ids: readonly string[];
  readonly more: boolean;
}

/**
 * A list as the tiers keep it. It needs no version: its key is that of a generation of its group, which ends with the
 * first change, so that no list is ever compared with a later one.
 */
function loadedList({ ids, more }: IdList): Loaded {
  // There is any number of groups without members: the names of what does not exist.
  if (ids.length === 0 && !more) return { state: 'absent', version: 0 };
  return { state: 'present', version: 0, body: serialised({ ids, more }) };
}

/** @returns null if a tier holds something else in the list's place: it is input, like every byte from Redis */
function listIn(entry: CacheEntry): IdList | null {
  if (entry.state === 'absent') return { ids: [], more: false };
  try {
    const list: unknown = JSON.parse(Buffer.from(entry.body, 'latin1').toString());
    return isIdList(list) ? list : null;
  } catch {
    return null;
  }
}

function isIdList(value: unknown): value is IdList {
  if (typeof value !== 'object' || value === null) return false;
  const { ids, more } = value as Record<string, unknown>;
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string') && typeof more === 'boolean';
}

/** From the nearest to the furthest. */
const TIERS = ['l1', 'l2', 'origin'] as const;

/** An answer of many reads, which is always there. */
export type Composed = Answerable & { readonly entry: Pick<PresentEntry, 'state' | 'etag' | 'body'> };

/**
 * One answer of many reads: it is as old as the oldest of them, fresh as long as the first to end, came from the furthest
 * tier that was needed, and is verified if all of them are.
 *
 * @param parts at least one
 * @param body the composed bytes, a byte a character
 */
export function compose(parts: readonly CacheRead[], body: string): Composed {
  const least = (time: keyof EntryTimes) => Math.min(...parts.map(({ entry }) => entry[time]));
  const furthest = Math.max(...parts.map(({ servedFrom }) => TIERS.indexOf(servedFrom)));
  return {
    servedFrom: TIERS[furthest] ?? 'origin',
    entry: {
      state: 'present',
      etag: etagOf(body),
      body,
      loadedAtMs: least('loadedAtMs'),
      freshUntilMs: least('freshUntilMs'),
      graceUntilMs: least('graceUntilMs'),
      loadMs: least('loadMs'),
    },
    verified: parts.every(({ verified }) => verified),
  };
}

/**
 * The bytes of `{"items":[…], …}`. The members' bytes are taken as they are: they were serialised when they were loaded.
 *
 * @param items bytes of JSON values, a byte a character
 */
export function itemsBody(items: readonly string[], rest: Readonly<Record<string, unknown>>): string {
  const tail = serialised(rest).slice(1);
  return `{"items":[${items.join(',')}]${tail === '}' ? '' : ','}${tail}`;
}

/** A member that was asked for, and what was read of it. */
export interface MemberRead {
  readonly id: string;
  readonly read: CacheRead;
}

/** A collection as it was read: the list, what was read for it if it had to be, and the members in the list's order. */
export interface CollectionRead {
  readonly list: IdList;
  readonly listRead: CacheRead | null;
  readonly members: readonly MemberRead[];
}

/** How a client asks for a collection. */
export interface Asking {
  /** Called before the first part is sought beyond L1, and not again. */
  readonly admit: NonNullable<ReadOptions['admit']>;
  /** Called with a number of loads: whether they are made whatever the tiers hold. */
  readonly bypass: (loads: number) => boolean;
}

/** A list has a statement of its own, and costs as much as so many members, which share theirs. */
const LOADS_OF_LIST = 20;

/** Reads a collection through the tiers: the list first where it is not given, then all members at once. */
@Injectable()
export class CollectionReader {
  constructor(private readonly cache: Cache) {}

  /**
   * @param asking how the client asks
   * @throws what loading the list or any of the members throws, where no tier has it within its grace
   */
  async read<S, T>(
    options: CachedCollectionOptions<S, T>,
    selection: S,
    asking: Asking,
  ): Promise<CollectionRead> {
    const wanted = options.list(selection);
    const isPart = wanted.kind === 'given' || wanted.isOneOfMany === true;
    const { list, read: listRead } = await this.list(wanted, asking);
    const asked = list.ids.flatMap((id) => memberRead(options, selection, id, isPart) ?? []);
    const { admit } = asking;
    const bypass = asked.length > 0 && asking.bypass(asked.length);
    const reads = await this.cache.readMany(asked, { admit, bypass });
    const members = reads.map((read, at) => ({ id: asked[at]?.id ?? '', read }));
    return { list, listRead, members };
  }

  private async list(
    members: MemberList,
    { admit, bypass }: Asking,
  ): Promise<{ readonly list: IdList; readonly read: CacheRead | null }> {
    if (members.kind === 'given') return { list: { ids: members.ids, more: false }, read: null };
    // The generation is read before the origin: a list that a change supersedes is of the generation that the change
    // ends, and enters under a key that is not read again.
    // guard(list-is-of-its-generation): = members.key
    const key = await this.cache.groups.keyWithin(members.group, members.key);
    const load = async () => loadedList(await members.load());
    const visit = { name: members.key, isPart: members.isOneOfMany === true };
    const read = await this.cache.read(key, load, { admit, bypass: bypass(LOADS_OF_LIST), visit });
    const list = listIn(read.entry);
    if (list !== null) return { list, read };
    const renewed = await this.cache.read(key, load, { bypass: true, visit });
    return { list: listIn(renewed.entry) ?? { ids: [], more: false }, read: renewed };
  }
}

/** Null for a listed id that its own route would refuse: what cannot be asked for singly is not shown either. */
function memberRead<S, T>(
  options: CachedCollectionOptions<S, T>,
  selection: S,
  id: string,
  isPart: boolean,
): (KeyRead & { readonly id: string }) | null {
  const key = options.member.key({ [options.param ?? DEFAULT_PARAM]: id }, {});
  if (key === null) return null;
  const load = () => loadFrom(options.member, () => options.load(selection, id));
  return { id, key, load, visit: { name: key, isPart } };
}
