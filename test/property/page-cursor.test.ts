import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '#src/apps/api/src/catalogue/products/listing';

/** Whatever Postgres may have as an id: the service's own rule is not the only way in. */
const anyId = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
  .filter((id) => !id.includes('\0') && id.isWellFormed());
const categoryId = fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), { nil: null });

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a cursor', () => {
  it('comes back as the id that it was made of', () => {
    fc.assert(
      fc.property(anyId, categoryId, (id, category) => {
        assert.equal(decodeCursor(encodeCursor(id, category), category), id);
      }),
    );
  });

  it('needs no escaping in an address', () => {
    fc.assert(
      fc.property(anyId, categoryId, (id, category) => {
        assert.match(encodeCursor(id, category), /^[\w-]+$/);
      }),
    );
  });

  it('is none of another category', () => {
    fc.assert(
      fc.property(anyId, categoryId, categoryId, (id, category, other) => {
        fc.pre(category !== other);
        assert.equal(decodeCursor(encodeCursor(id, category), other), null);
      }),
    );
  });

  it('is none with one character exchanged', () => {
    const character = fc.constantFrom(...ALPHABET);
    fc.assert(
      fc.property(anyId, categoryId, fc.nat(), character, (id, category, place, exchanged) => {
        const cursor = encodeCursor(id, category);
        const at = place % cursor.length;
        fc.pre(cursor[at] !== exchanged);
        assert.equal(decodeCursor(cursor.slice(0, at) + exchanged + cursor.slice(at + 1), category), null);
      }),
    );
  });

  it('is none when it was cut off or added to', () => {
    fc.assert(
      fc.property(anyId, categoryId, fc.nat(), fc.constantFrom(...ALPHABET), (id, category, place, more) => {
        const cursor = encodeCursor(id, category);
        assert.equal(decodeCursor(cursor.slice(0, place % cursor.length), category), null);
        assert.equal(decodeCursor(cursor + more, category), null);
      }),
    );
  });

  it('is refused, and never fails, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), categoryId, (text, category) => {
        const decoded = decodeCursor(text, category);
        assert.ok(decoded === null || encodeCursor(decoded, category) === text);
      }),
    );
  });

  it('of another version is refused', () => {
    const bytes = Buffer.from(encodeCursor('prod-1', null), 'base64url');
    bytes.writeUInt8(2, 0);
    assert.equal(decodeCursor(bytes.toString('base64url'), null), null);
  });

  it('with what Postgres takes for no text is refused', () => {
    assert.equal(decodeCursor(encodeCursor('a\0b', null), null), null);
    assert.equal(decodeCursor(encodeCursor('', null), null), null);
  });
});
