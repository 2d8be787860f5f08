import type Stripe from 'stripe';
import { type DeclaredFor, boolean, hash, metadata, string, unsettable, unsupported } from '../../http/parameters.js';
import { type EvidenceName, EVIDENCE } from './dispute-type.js';

const evidenceText = unsettable(string({ max: 20_000 }));
export const updateParameters = {
  evidence: hash({
    ...(Object.fromEntries(EVIDENCE.map((name) => [name, evidenceText])) as Record<EvidenceName, typeof evidenceText>),
    appeal: unsupported(),
    enhanced_evidence: unsupported(),
  } satisfies DeclaredFor<Stripe.DisputeUpdateParams.Evidence>),
  intended_submission_method: unsupported(),
  metadata: metadata(),
  submit: boolean(),
} satisfies DeclaredFor<Stripe.DisputeUpdateParams>;
