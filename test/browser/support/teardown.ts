let end: (() => Promise<void>) | undefined;

/** Kept from the global setup for the global teardown, which run in one process. */
export function keepTeardown(teardown: () => Promise<void>): void {
  end = teardown;
}

export async function runTeardown(): Promise<void> {
  await end?.();
}
