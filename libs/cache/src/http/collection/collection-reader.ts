import { Injectable } from '@nestjs/common';
import type { CacheKey } from '../../entry/entry.js';
import { GroupGenerations } from '../../groups/group-generations.js';
import type { CacheRead } from '../../read/cache-read.js';
import { CacheReader } from '../../read/cache-reader.js';
import type { Load } from '../../read/loaded.js';
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

/** Reads a collection through the tiers: the list first where it is not given, then all members at once. */
@Injectable()
export class CollectionReader {
  constructor(
    private readonly reader: CacheReader,
    private readonly groups: GroupGenerations,
  ) {}

  /**
   * @param bypass whether to ask the source, whatever the tiers hold
   * @throws what loading the list or any of the members throws, where no tier has it within its grace
   */
  async read<S, T>(
    options: CachedCollectionOptions<S, T>,
    selection: S,
    bypass: boolean,
  ): Promise<CollectionRead> {
    const { list, read: listRead } = await this.list(options.list(selection), bypass);
    const reads = list.ids.map((id) => this.member(options, selection, id, bypass));
    const members = (await Promise.all(reads)).filter((member) => member !== null);
    return { list, listRead, members };
  }

  private async list(
    members: MemberList,
    bypass: boolean,
  ): Promise<{ readonly list: IdList; readonly read: CacheRead | null }> {
    if (members.kind === 'given') return { list: { ids: members.ids, more: false }, read: null };
    // The generation is asked for before the source: a list that a change overtakes is of the generation that the change
    // ends, and goes in where nobody will look for it.
    const key = await this.groups.keyWithin(members.group, members.key);
    const read = await this.part(key, async () => loadedList(await members.load()), bypass);
    return { list: listIn(read.entry), read };
  }

  /** Null for a listed id that its own route would refuse: what can not be asked for singly is not shown either. */
  private async member<S, T>(
    options: CachedCollectionOptions<S, T>,
    selection: S,
    id: string,
    bypass: boolean,
  ): Promise<MemberRead | null> {
    const key = options.member.key({ id });
    if (key === null) return null;
    const load = () => loadFrom(options.member, () => options.load(selection, id));
    return { id, read: await this.part(key, load, bypass) };
  }

  private part(key: CacheKey, load: Load, bypass: boolean): Promise<CacheRead> {
    return bypass ? this.reader.readSource(key, load) : this.reader.read(key, load);
  }
}
