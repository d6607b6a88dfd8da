const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The digits that count, and the power of ten of the last of them: `1.10`, `11e-1` and `1.1` are the same. */
function significant(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

/**
 * Whether a number is what its text says, digit by digit. JSON.parse takes `9999999.990000000001` for 9999999.99 without
 * a word: the sender meant something else, and would never learn that it was rounded.
 */
export function isExact(value: number, text: string): boolean {
  return Number.isFinite(value) && significant(String(value)) === significant(text);
}
