/** A value as the bytes of its JSON text in UTF-8, a byte a character. */
export function serialised(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('latin1');
}
