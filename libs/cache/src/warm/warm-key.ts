/** Outside the tracked prefixes: that the list changed is nobody's business. */
export const WARM_KEY = 'warm:keys';
