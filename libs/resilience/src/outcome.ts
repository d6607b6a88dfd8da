/**
 * What came of a call to a dependency. `skipped` costs nothing and says nothing new about the dependency, so
 * it is neither logged nor counted as a failure.
 */
export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'skipped'; readonly why: 'breaker-open' | 'bulkhead-full' | 'disconnected' | 'absent' };
