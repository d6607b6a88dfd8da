/** A guard of the product: what takes it out, and the test that must notice. */
export interface Guard {
  readonly name: string;
  /** The compiled file that holds it, below dist/. */
  readonly file: string;
  /** Its text, which must stand there exactly once. */
  readonly text: string;
  /** What stands there when it is taken out. */
  readonly without: string;
  /** The test file that goes red. */
  readonly test: string;
}
