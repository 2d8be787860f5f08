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
    description: 'Perfect for individual educators',
    features: [
      included('Up to 3 classes'),
      included('Up to 30 students'),
      included('Basic Roblox environments'),
      included('AI content generation'),
      included('Email support'),
      missing('Advanced analytics'),
      missing('Custom branding'),
      missing('API access'),
    ],
  },
  professional: {
    name: 'Professional',
    description: 'For growing educational programs',
    features: [
      included('Unlimited classes'),
      included('Up to 150 students'),
      included('Advanced Roblox environments'),
      included('AI content generation'),
      included('Priority email support'),
      included('Advanced analytics'),
      included('Custom branding'),
      missing('API access'),
    ],
  },
  enterprise: {
    name: 'Enterprise',
    description: 'For schools and institutions',
    features: [
      included('Unlimited classes'),
      included('Unlimited students'),
      included('Premium Roblox environments'),
      included('AI content generation'),
      included('Dedicated account manager'),
      included('Advanced analytics'),
      included('Custom branding'),
      included('API access'),
    ],
  },
};
