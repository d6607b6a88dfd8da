import { encodeEntry } from '#src/libs/cache/src/entry/codec';
import { absentEntry } from '#src/libs/cache/src/entry/entry';

const TOMBSTONE = 2;
const NO_TIMES = { loadedAtMs: 0, freshUntilMs: 0, graceUntilMs: 0, loadMs: 0 };

/** A tombstone as a change leaves it in Redis: scripts write it, so the codec does not. */
export function encodeTombstone(version: number): Buffer {
  const bytes = encodeEntry(absentEntry({ key: 'any:1', version, ...NO_TIMES }));
  bytes.writeUInt8(TOMBSTONE, 3);
  return bytes;
}
