/** The only place that reads `process.env`. A copy, so that nothing changes the configuration of a running process. */
export function readEnvironment(): Record<string, string | undefined> {
  return { ...process.env };
}
