import { setImmediate } from 'node:timers/promises';
import { type Circumstances, drawCircumstances } from './circumstances.js';
import { ModelMirror } from './model-mirror.js';
import { ProjectionMirror } from './projection-mirror.js';
import { Random } from './random.js';
import { type Rules } from './rules.js';
import { type Mirror, World } from './world.js';

/** What many histories came to. */
export interface Findings {
  histories: number;
  events: number;
  /** Times that Stripe was asked. */
  retrieves: number;
  /** Events that were taken in by batches. */
  batched: number;
  /** Seeds of the histories after which the mirror was not as Stripe. */
  wrongEnd: number[];
  /** Seeds of the histories in which an older state replaced a newer one. */
  stepBack: number[];
}

/** Runs the histories of the seeds from `from` on. */
export function simulateRules(rules: Rules, from: number, histories: number): Findings {
  const findings = noFindings();
  for (let seed = from; seed < from + histories; seed++) run(rules, seed, findings);
  return findings;
}

/** True when one of so many histories goes wrong. */
export function isCaught(rules: Rules, histories: number, circumstances: Partial<Circumstances> = {}): boolean {
  const findings = noFindings();
  for (let seed = 1; seed <= histories; seed++) {
    run(rules, seed, findings, circumstances);
    if (findings.wrongEnd.length + findings.stepBack.length > 0) return true;
  }
  return false;
}

function run(rules: Rules, seed: number, findings: Findings, circumstances: Partial<Circumstances> = {}): void {
  const world = newWorld(seed, circumstances);
  const mirror = new ModelMirror(world, rules);
  world.plan(mirror);
  while (world.agenda.step());
  judge(findings, seed, world, mirror);
}

/** The same for the product's Projection itself: event by event, or by batches. */
export async function simulateProjection(from: number, histories: number, batched: boolean): Promise<Findings> {
  const findings = noFindings();
  for (let seed = from; seed < from + histories; seed++) {
    const world = newWorld(seed);
    const mirror = new ProjectionMirror(world, batched);
    world.plan(mirror);
    // Whatever a step has set going comes to rest before time goes on.
    while (world.agenda.step()) await setImmediate();
    if (mirror.failures.length > 0) throw mirror.failures[0];
    judge(findings, seed, world, mirror);
  }
  return findings;
}

function newWorld(seed: number, circumstances: Partial<Circumstances> = {}): World {
  const random = new Random(seed);
  return new World(random, { ...drawCircumstances(random), ...circumstances });
}

function noFindings(): Findings {
  return { histories: 0, events: 0, retrieves: 0, batched: 0, wrongEnd: [], stepBack: [] };
}

function judge(findings: Findings, seed: number, world: World, mirror: Mirror): void {
  findings.histories += 1;
  findings.events += world.events;
  findings.retrieves += world.retrieves;
  findings.batched += world.batched;
  if (mirror.content !== world.stripe.content) findings.wrongEnd.push(seed);
  if (world.stepsBack > 0) findings.stepBack.push(seed);
}
