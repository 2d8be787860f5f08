const DEADLINE_MS = 25_000;
const PAUSE_MS = 50;

/** Repeats an expectation until it holds; after the deadline its last failure is thrown. */
export async function eventually(expectation: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await expectation();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
