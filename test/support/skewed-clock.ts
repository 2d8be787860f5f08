// Preloaded into a server process (`node --import`): its clock is CLOCK_SKEW_SECONDS off the machine's.
const skew = Number(process.env.CLOCK_SKEW_SECONDS ?? 0) * 1000;
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct(target, given: [], newTarget: new (...given: []) => object): object {
    if (given.length > 0) return Reflect.construct(target, given, newTarget) as object;
    return Reflect.construct(target, [RealDate.now() + skew], newTarget);
  },
  get(target, name): unknown {
    if (name === 'now') return () => RealDate.now() + skew;
    return Reflect.get(target, name);
  },
});

export {};
