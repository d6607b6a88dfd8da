/** Ids that can be named at once. */
export const MAX_IDS = 100;

/** Products on a page. */
export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;
