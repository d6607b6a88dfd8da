/** A request that its sender may send again. */
export interface IdempotentRequest {
  /** Whose key it is: two writers who choose the same one do not meet. */
  readonly owner: string;
  readonly key: string;
  /** Tells this request from others under the same key; see fingerprintOf. */
  readonly fingerprint: string;
}

/** What was answered, to be answered again byte by byte. */
export interface RememberedAnswer {
  readonly status: number;
  readonly etag: string;
  readonly location: string | null;
  readonly body: string;
}
