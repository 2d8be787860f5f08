import { type Tier } from '../config/app-config.js';

/** What a plan offers, in the words of the pricing page. */
export interface PlanText {
  name: string;
  description: string;
  features: readonly { name: string; included: boolean }[];
}

const included = (name: string) => ({ name, included: true });
const missing = (name: string) => ({ name, included: false });

export const PLAN_TEXTS: Readonly<Record<Tier, PlanText>> = {
  starter: {
    name: 'Starter',
    description: 'For one person with a first project',
    features: [
      included('3 projects'),
      included('1 member'),
      included('Email support'),
      missing('Single sign-on'),
      missing('API access'),
    ],
  },
  professional: {
    name: 'Professional',
    description: 'For a team that grows',
    features: [
      included('50 projects'),
      included('10 members'),
      included('Priority support'),
      included('Single sign-on'),
      missing('API access'),
    ],
  },
  enterprise: {
    name: 'Enterprise',
    description: 'For a whole organization',
    features: [
      included('Unlimited projects'),
      included('Unlimited members'),
      included('Dedicated account manager'),
      included('Single sign-on'),
      included('API access'),
    ],
  },
};
