/** The widest that numeric(9, 2) holds. */
export const MAX_PRICE = 9_999_999.99;
export const MIN_PRICE = 0.01;
export const MAX_INT32 = 2_147_483_647;
export const MIN_INT32 = -2_147_483_648;
