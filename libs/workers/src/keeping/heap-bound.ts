const MEBIBYTE = 1_048_576;

/**
 * What Node is started with for a heap of so many bytes.
 *
 * @param maxHeapBytes the bound of the old generation; null for Node's own
 */
export function heapBoundArguments(maxHeapBytes: number | null): readonly string[] {
  return maxHeapBytes === null ? [] : [`--max-old-space-size=${Math.floor(maxHeapBytes / MEBIBYTE)}`];
}
