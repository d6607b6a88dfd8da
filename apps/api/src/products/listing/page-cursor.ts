import { crc32 } from 'node:zlib';

/** A cursor of another version is refused: what it meant is known to the release that made it alone. */
const VERSION = 1;

const CHECKSUM_AT = 1;
const ID_AT = 5;

/**
 * Where a walk through a category's products stands, for clients to hand back as it is:
 *
 *     0  version    1  CRC-32 of category and id, uint32    5  the last id that was seen, UTF-8
 *
 * as base64url (RFC 4648 §5). The checksum binds it to its category, and finds what was cut off or mistyped; it is no
 * secret, since a cursor gives access to nothing.
 *
 * @param categoryId null for the products of all categories
 */
export function encodeCursor(afterId: string, categoryId: string | null): string {
  const id = Buffer.from(afterId);
  const bytes = Buffer.alloc(ID_AT + id.length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt32BE(crc32(`${categoryId ?? ''}\0${afterId}`), CHECKSUM_AT);
  id.copy(bytes, ID_AT);
  return bytes.toString('base64url');
}

/** @returns the last id that was seen; null where it is no cursor of this category */
export function decodeCursor(cursor: string, categoryId: string | null): string | null {
  const afterId = Buffer.from(cursor, 'base64url').subarray(ID_AT).toString();
  // Postgres has no text with a zero byte in it, and fails on one.
  if (afterId === '' || afterId.includes('\0')) return null;
  // Node decodes what is hardly base64url too; what it was made of has to come out of it again.
  return encodeCursor(afterId, categoryId) === cursor ? afterId : null;
}
