import { Injectable } from '@nestjs/common';
import type { CacheKey } from '../../entry/entry.js';
import { GroupGenerations } from '../../groups/group-generations.js';
import type { CacheRead } from '../../read/cache-read.js';
import { CacheReader } from '../../read/cache-reader.js';
import type { Load } from '../../read/loaded.js';
import { beyondMemory } from '../beyond-memory.js';
import { loadFrom } from '../load-from.js';
import type { CachedCollectionOptions, MemberList } from './cached-collection-options.js';
import { type IdList, listIn, loadedList } from './id-list.js';

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
  /** Whether to ask the source, whatever the tiers hold. */
  readonly bypass: boolean;
  /** Asked before the first part is sought beyond memory, and not again. @throws what ends such a request */
  readonly admit: () => Promise<void>;
}

/** Reads a collection through the tiers: the list first where it is not given, then all members at once. */
@Injectable()
export class CollectionReader {
  constructor(
    private readonly reader: CacheReader,
    private readonly groups: GroupGenerations,
  ) {}

  /**
   * @param asking how the client asks
   * @throws what loading the list or any of the members throws, where no tier has it within its grace
   */
  async read<S, T>(
    options: CachedCollectionOptions<S, T>,
    selection: S,
    asking: Asking,
  ): Promise<CollectionRead> {
    const { list, read: listRead } = await this.list(options.list(selection), asking);
    const reads = list.ids.map((id) => this.member(options, selection, id, asking));
    const members = (await Promise.all(reads)).filter((member) => member !== null);
    return { list, listRead, members };
  }

  private async list(
    members: MemberList,
    asking: Asking,
  ): Promise<{ readonly list: IdList; readonly read: CacheRead | null }> {
    if (members.kind === 'given') return { list: { ids: members.ids, more: false }, read: null };
    // The generation is asked for before the source: a list that a change overtakes is of the generation that the change
    // ends, and goes in where nobody will look for it.
    const key = await this.groups.keyWithin(members.group, members.key);
    const read = await this.part(key, async () => loadedList(await members.load()), asking);
    return { list: listIn(read.entry), read };
  }

  /** Null for a listed id that its own route would refuse: what can not be asked for singly is not shown either. */
  private async member<S, T>(
    options: CachedCollectionOptions<S, T>,
    selection: S,
    id: string,
    asking: Asking,
  ): Promise<MemberRead | null> {
    const key = options.member.key({ id });
    if (key === null) return null;
    const load = () => loadFrom(options.member, () => options.load(selection, id));
    return { id, read: await this.part(key, load, asking) };
  }

  private async part(key: CacheKey, load: Load, { bypass, admit }: Asking): Promise<CacheRead> {
    const held = bypass ? null : this.reader.fromMemory(key, load);
    return held ?? (await beyondMemory(this.reader, { key, load, bypass }, admit));
  }
}
