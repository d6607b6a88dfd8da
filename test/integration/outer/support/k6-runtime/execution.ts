/** A run that was ended by exec.test.abort(). */
export class Aborted extends Error {}

/** k6/execution, for one virtual user in a scenario that began a second ago. */
export const execution = {
  vu: { idInTest: 1 },
  scenario: {
    name: '',
    get startTime() {
      return Date.now() - 1_000;
    },
  },
  instance: { currentTestRunDuration: 6_000 },
  test: {
    abort(reason: string): never {
      throw new Aborted(reason);
    },
  },
};

export default execution;
