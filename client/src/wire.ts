/* Generated from the OpenAPI document by `npm run client:generate`. Do not edit. */

export interface paths {
    "/api/v1/billing/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what for whom, newest first */
        get: operations["AuditController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/checkout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin a purchase on a page of Stripe; an open one of the same plan is resumed */
        post: operations["CheckoutController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a frontend must know before anyone signs in */
        get: operations["PlansController_publicConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/customer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller as a customer; null before the first purchase or card */
        get: operations["CustomersController_find"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change name, e-mail, phone or address of the caller */
        patch: operations["CustomersController_update"];
        trace?: never;
    };
    "/api/v1/billing/entitlement-snapshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller may use, and the same dated and signed */
        get: operations["EntitlementSnapshotController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/entitlements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller may use: every feature of the catalogue */
        get: operations["EntitlementsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/entitlements/{feature}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the caller may use a feature, why, and until when */
        get: operations["EntitlementsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/entitlements/{feature}/consume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Use some of a feature, once for a key; over the limit nothing is used */
        post: operations["EntitlementsController_consume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/entitlements/{feature}/override": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Give a payer more of a feature, or less, whatever the plan says; needs a service key */
        put: operations["HostController_override"];
        post?: never;
        /** Let the plan decide again; needs a service key */
        delete: operations["HostController_removeOverride"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed for the caller, oldest first; for everybody with a service key that names no payer */
        get: operations["OutgoingEventsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's invoices, newest first, without drafts */
        get: operations["InvoicesController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/invoices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One invoice of the caller */
        get: operations["InvoicesController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/invoices/{id}/pay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pay an open invoice; a subscription that waited for the payment is active again */
        post: operations["InvoicesController_pay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/organizations/{id}/members/{sub}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Bar a removed member of an organization at once
         * @description Tokens of the member that were issued before this act for the organization no more: 404. Later ones do.
         */
        delete: operations["OrganizationsController_removeMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/outgoing-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The endpoints of outgoing events, and what waits for each */
        get: operations["OutgoingEndpointsController_list"];
        put?: never;
        /** Have outgoing events delivered to an address; its secret is shown this once */
        post: operations["OutgoingEndpointsController_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/outgoing-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove an endpoint with what waits for it */
        delete: operations["OutgoingEndpointsController_remove"];
        options?: never;
        head?: never;
        /** Stop the deliveries to an endpoint, or have them go on */
        patch: operations["OutgoingEndpointsController_update"];
        trace?: never;
    };
    "/api/v1/billing/outgoing-endpoints/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deliver events again: those that were given up, or all after one */
        post: operations["OutgoingEndpointsController_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look a payer up, by its name, its Stripe customer or an e-mail; at most 100 */
        get: operations["PayersController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One payer */
        get: operations["PayersController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payers/{id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a payer in again that was deactivated */
        post: operations["PayersController_activate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payers/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a payer for good: subscriptions cancelled, personal data removed here and at Stripe
         * @description The history of its money stays, and finalized invoices keep what is on them. When Stripe is away meanwhile, it is finished by itself.
         */
        post: operations["PayersController_close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payers/{id}/deactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer every request of a payer with 403; what it has goes on */
        post: operations["PayersController_deactivate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payers/{id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a Stripe customer with all it has to a payer that has none
         * @description One of nobody here, or that of another payer. The payer need not be known here yet. Its cards, subscriptions, invoices and payments come in within seconds.
         */
        post: operations["PayersController_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payment-methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's payment methods: the default first, then the newest */
        get: operations["PaymentMethodsController_list"];
        put?: never;
        /** Add a payment method; the first one becomes the default */
        post: operations["PaymentMethodsController_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payment-methods/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a payment method; the newest of the others becomes the default where it was */
        delete: operations["PaymentMethodsController_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payment-methods/{id}/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a payment method the one that pays */
        post: operations["PaymentMethodsController_setDefault"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/payment-methods/setup-intent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to collect a card in the browser; add its payment method afterwards */
        post: operations["PaymentMethodsController_createSetupIntent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plans on sale, with their prices */
        get: operations["PlansController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The current subscription of the caller, or null */
        get: operations["SubscriptionsController_findCurrent"];
        put?: never;
        /** Subscribe to a plan */
        post: operations["PurchasesController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the plan or the card of a subscription */
        patch: operations["PlanChangesController_update"];
        trace?: never;
    };
    "/api/v1/billing/subscription/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a subscription at the end of the period, or now */
        post: operations["CancellationsController_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription/{id}/reactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back a scheduled cancellation */
        post: operations["CancellationsController_reactivate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a paused subscription; its new period is charged to the default card */
        post: operations["ResumptionsController_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription/{id}/scheduled-change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Drop the change of plan that waits for the end of the period */
        delete: operations["ResumptionsController_dropScheduledChange"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscription/{id}/seats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the number of seats; the same number again changes nothing */
        put: operations["PlanChangesController_setSeats"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All subscriptions of the caller, newest first */
        get: operations["SubscriptionsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/usage/{feature}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say how much of a feature a payer has in use; needs a service key */
        put: operations["HostController_report"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliveries from Stripe
         * @description Needs no token: the signature is checked on the raw bytes of the body. A delivery is stored, then answered, then handled; repeated and unknown ones are answered alike.
         */
        post: operations["WebhooksController_receive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/webhook-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events of the inbox, newest first */
        get: operations["WebhookEventsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/webhook-events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event with its content and its last error */
        get: operations["WebhookEventsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/webhook-events/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Handle one event again
         * @description Whatever became of it; handling an event twice does no harm. One that waits already stays as it is.
         */
        post: operations["WebhookEventsController_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/webhook-events/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Handle every failed event again */
        post: operations["WebhookEventsController_replayFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process runs; one that does not answer should be restarted */
        get: operations["HealthController_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests should be sent here, and which parts work */
        get: operations["HealthController_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Answers whoever sends `METRICS_TOKEN` as bearer token; without one, programs on the same machine, and in production nobody. Holds no personal data.
         */
        get: operations["MetricsController_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddOnChoiceDto: {
            /**
             * @description Its `tier` in GET /plans.
             * @example support
             */
            plan: string;
            /**
             * @description Number of units.
             * @example 1
             */
            quantity: number;
        };
        AddOnDto: {
            /**
             * @description What it costs for that time in major units of the subscription's currency, before discounts and tax; null where
             *     `amount_reason` says why.
             * @example 30
             */
            amount: number | null;
            /**
             * @description As for the subscription.
             * @example metered
             */
            amount_reason: string | null;
            /**
             * @description End of the period that is paid for, ISO 8601 UTC.
             * @example 2026-12-22T10:00:00.000Z
             */
            current_period_end: string;
            /**
             * @description `day`, `week`, `month` or `year`.
             * @example month
             */
            interval: string;
            /**
             * @description How many intervals it is paid for at a time.
             * @example 1
             */
            interval_count: number;
            /**
             * @description Name of its price, where it has one.
             * @example Extra storage
             */
            name: string | null;
            /**
             * @description Key of the add-on in the catalogue: its `tier` in GET /plans; null for what is none of it, which stays as it is.
             * @example support
             */
            plan: string | null;
            /**
             * @description Stripe's id of its price.
             * @example price_1Qx
             */
            price: string;
            /**
             * @description Number of units; null for what is billed by use.
             * @example 2
             */
            quantity: number | null;
            /**
             * @description True when the subscription is to end before that: what is left of the period is credited then.
             * @example false
             */
            rest_is_credited: boolean;
        };
        AddOnWishDto: {
            /**
             * @description The add-on: its `tier` in GET /plans.
             * @example support
             */
            plan: string;
            /**
             * @description Number of units; left out: 1.
             * @example 1
             */
            quantity?: number;
        };
        AddPaymentMethodDto: {
            /**
             * Format: email
             * @description Address of receipts and invoices, for a caller without a customer; needed where the token has none. Afterwards
             *     PATCH /customer changes it.
             * @example ada@example.com
             */
            email?: string;
            /**
             * @description Id of the payment method at Stripe, as Stripe's browser library or a finished setup intent names it.
             * @example pm_card_visa
             */
            payment_method_id: string;
            /**
             * @description True: it pays from now on. The first payment method always does.
             * @default false
             * @example false
             */
            set_as_default?: boolean;
        };
        /**
         * @description Who made it. `operator`: a command · `stripe`: an event · `recovery`: the service by itself.
         * @enum {string}
         */
        AuditActor: "user" | "service_key" | "operator" | "stripe" | "recovery";
        AuditEntryDto: {
            /**
             * @description What was done.
             * @example subscription.canceled
             */
            action: string;
            /**
             * @description Who made it. `operator`: a command · `stripe`: an event · `recovery`: the service by itself.
             * @example service_key
             */
            actor: components["schemas"]["AuditActor"];
            /**
             * @description Our id of the user or the service key; null for the others.
             * @example 3
             */
            actor_id: number | null;
            /**
             * @description The same as it is.
             * @example {
             *       "status": "canceled"
             *     }
             */
            after: {
                [key: string]: unknown;
            } | null;
            /**
             * @description What changed, as it was: ids, statuses and times.
             * @example {
             *       "status": "active"
             *     }
             */
            before: {
                [key: string]: unknown;
            } | null;
            /**
             * @description When.
             * @example 2026-11-29T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description Grows with each entry.
             * @example 42
             */
            id: string;
            /**
             * @description Stripe's id, or ours where Stripe does not know it.
             * @example sub_1Q9XyZ
             */
            object_id: string;
            /**
             * @description The kind of what it was done to.
             * @example subscription
             */
            object_type: string;
            /**
             * @description On whose behalf: `user:<sub>` or `org:<id>`; null for what concerns no payer.
             * @example org:org_2aZ
             */
            payer: string | null;
            /**
             * @description `X-Request-Id` of the request that made it.
             * @example 0f8fad5b-d9cb-469f-a165-70867728950e
             */
            request_id: string | null;
        };
        CancelSubscriptionDto: {
            /**
             * @description Cancel at end of period (true) or immediately (false).
             * @default true
             * @example true
             */
            cancel_at_period_end?: boolean;
            /**
             * @description Cancellation reason, in the customer's words.
             * @example Too expensive
             */
            reason?: string;
        };
        CheckoutSessionDto: {
            /**
             * @description When the page stops working: seconds since 1970, UTC.
             * @example 1764000000
             */
            expires_at: number;
            /**
             * @description Stripe's id of the session.
             * @example cs_test_a1B2c3
             */
            id: string;
            /**
             * @description Stripe's page, to which the buyer is to be sent.
             * @example https://checkout.stripe.com/c/pay/cs_test_a1B2c3
             */
            url: string;
        };
        ConsumeDto: {
            /**
             * @description The caller's name for this use: sent again, it is not counted again.
             * @example job-4711
             */
            key: string;
        };
        CreateCheckoutDto: {
            /**
             * @description What is bought beside the plan.
             * @example [
             *       {
             *         "plan": "support",
             *         "quantity": 1
             *       }
             *     ]
             */
            add_ons?: components["schemas"]["AddOnWishDto"][];
            /**
             * @description Promotion code or coupon.
             * @example LAUNCH20
             */
            coupon_code?: string;
            /**
             * Format: currency
             * @description What is paid in, ISO 4217, one of the plan's `amounts` in GET /plans. Left out: the currency that the caller pays in, else
             *     the catalogue's. A caller who pays in one keeps it.
             * @example usd
             */
            currency?: string;
            /**
             * Format: email
             * @description Address of receipts and invoices, for a caller without a customer; needed where the token has none. Afterwards
             *     PATCH /customer changes it.
             * @example ada@example.com
             */
            email?: string;
            /**
             * @description `day`, `week`, `month` or `year`, as the plan is sold; left out: `month` where the plan has it, else its only one.
             * @example month
             */
            interval?: string;
            /**
             * @description How many intervals are paid for at a time; needed only where the plan has several prices of an interval.
             * @example 1
             */
            interval_count?: number;
            /**
             * @description Seats in all, within the `seats` of GET /plans; left out: the fewest. A plan without seats has one.
             * @example 5
             */
            quantity?: number;
            /**
             * @description The plan: its `tier` in GET /plans.
             * @example professional
             */
            tier: string;
            /**
             * @description Days of free trial, up to the `trial_days` of GET /config; without it there is none.
             * @example 14
             */
            trial_days?: number;
        };
        CreateOutgoingEndpointDto: {
            /**
             * @description Types that are delivered; default: all of them.
             * @example [
             *       "invoice.paid"
             *     ]
             */
            types?: components["schemas"]["OutgoingEventType"][];
            /**
             * @description Where events are delivered: https, and with a test key also a program on the same machine.
             * @example https://app.example.com/billing-events
             */
            url: string;
        };
        CreateSubscriptionDto: {
            /**
             * @description What is bought beside the plan.
             * @example [
             *       {
             *         "plan": "support",
             *         "quantity": 1
             *       }
             *     ]
             */
            add_ons?: components["schemas"]["AddOnWishDto"][];
            /**
             * @description Promotion code or coupon.
             * @example LAUNCH20
             */
            coupon_code?: string;
            /**
             * Format: currency
             * @description What is paid in, ISO 4217, one of the plan's `amounts` in GET /plans. Left out: the currency that the caller pays in, else
             *     the catalogue's. A caller who pays in one keeps it.
             * @example usd
             */
            currency?: string;
            /**
             * Format: email
             * @description Address of receipts and invoices, for a caller without a customer; needed where the token has none. Afterwards
             *     PATCH /customer changes it.
             * @example ada@example.com
             */
            email?: string;
            /**
             * @description `day`, `week`, `month` or `year`, as the plan is sold; left out: `month` where the plan has it, else its only one.
             * @example month
             */
            interval?: string;
            /**
             * @description How many intervals are paid for at a time; needed only where the plan has several prices of an interval.
             * @example 1
             */
            interval_count?: number;
            /**
             * @description What the host keeps with the subscription at Stripe, for service keys alone: at most 20 texts of 500 characters.
             * @example {
             *       "order": "4711"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description Payment method to charge: a Stripe id (`pm_…`) or our integer. Without one the default is used, if there is one.
             * @example pm_card_visa
             */
            payment_method_id?: string | number;
            /**
             * @description Seats in all, within the `seats` of GET /plans; left out: the fewest. A plan without seats has one.
             * @example 5
             */
            quantity?: number;
            /**
             * @description The plan: its `tier` in GET /plans.
             * @example professional
             */
            tier: string;
            /**
             * @description Days of free trial, up to the `trial_days` of GET /config; without it there is none.
             * @example 14
             */
            trial_days?: number;
        };
        CustomerDto: {
            /**
             * @description Street and number.
             * @example 12 Park Street
             */
            address_line1: string | null;
            /**
             * @description Building, flat or company.
             * @example Flat 3
             */
            address_line2: string | null;
            /**
             * @description City.
             * @example London
             */
            city: string | null;
            /**
             * @description Country, ISO 3166-1 alpha-2.
             * @example GB
             */
            country: string | null;
            /**
             * @description When the customer was first seen, ISO 8601 UTC.
             * @example 2026-11-22T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description The currency that the caller pays in, ISO 4217 in lower case: that of the first purchase. Null until then.
             * @example usd
             */
            currency: string | null;
            /**
             * @description Address of receipts and invoices; empty where Stripe has none.
             * @example ada@example.com
             */
            email: string;
            /**
             * @description Our id of the customer.
             * @example 17
             */
            id: number;
            /**
             * @description Name on receipts and invoices.
             * @example Ada Lovelace
             */
            name: string | null;
            /**
             * @description Telephone number.
             * @example +44 20 7946 0000
             */
            phone: string | null;
            /**
             * @description Postal code.
             * @example SW1Y 4JH
             */
            postal_code: string | null;
            /**
             * @description State, county or province.
             * @example Greater London
             */
            state: string | null;
            /**
             * @description True while the caller can still begin a subscription with a free trial.
             * @example true
             */
            trial_available: boolean;
        };
        EntitlementDto: {
            /**
             * @description True when it may be used now.
             * @example true
             */
            allowed: boolean;
            /**
             * @description Key of the feature in the catalogue.
             * @example projects
             */
            feature: string;
            /**
             * @description End of the grace while a payment is late, ISO 8601 UTC.
             * @example 2026-11-29T10:00:00.000Z
             */
            grace_until: string | null;
            /**
             * @description How much of it the payer has; null: without a limit, or a flag.
             * @example 50
             */
            limit: number | null;
            /**
             * @description Key of the plan that gives it; null when none does.
             * @example professional
             */
            plan: string | null;
            /**
             * @description Why: `plan`, `trial`, `grace` (a payment is late), `override` (an operator said so), `default_plan`; why not: `none`,
             *     `past_due`, `paused`, `unpaid`, `canceled`, `disputed`, `limit_reached`.
             * @example plan
             * @enum {string}
             */
            reason: "past_due" | "canceled" | "unpaid" | "paused" | "plan" | "trial" | "grace" | "override" | "default_plan" | "none" | "disputed" | "limit_reached";
            /**
             * @description How much is left; null: without a limit, or a flag.
             * @example 38
             */
            remaining: number | null;
            /**
             * @description When what was used counts anew, ISO 8601 UTC; null: never.
             * @example 2026-12-01T00:00:00.000Z
             */
            resets_at: string | null;
            /**
             * @description Where the answer comes from: `service`, or in the client `snapshot` while the service cannot be reached.
             * @example service
             * @enum {string}
             */
            source: "service" | "snapshot";
            /**
             * @description Until when this is known to hold, ISO 8601 UTC; null: without an end.
             * @example 2026-12-22T10:00:00.000Z
             */
            until: string | null;
            /**
             * @description How much is used.
             * @example 12
             */
            used: number;
        };
        EntitlementSnapshotDto: {
            /**
             * @description Every feature of the catalogue.
             * @example [
             *       {
             *         "feature": "projects",
             *         "allowed": true,
             *         "reason": "plan",
             *         "limit": 50,
             *         "used": 12,
             *         "source": "service"
             *       }
             *     ]
             */
            entitlements: components["schemas"]["EntitlementDto"][];
            /**
             * @description The same as a compact JWS (EdDSA), for a client that cannot reach this service later: `sub` (the payer, `user:<sub>` or
             *     `org:<id>`), `iat`, `until` (ISO 8601: the end of what has no end of its own), `entitlements`. Null without
             *     ENTITLEMENTS_SIGNING_KEY.
             * @example eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyOmFkYSJ9.c2lnbmF0dXJl
             */
            snapshot: string | null;
        };
        FieldProblemDto: {
            /**
             * @description Path of the field.
             * @example trial_days
             */
            field: string;
            /**
             * @description What is wrong with it.
             * @example trial_days must not be greater than 14
             */
            message: string;
        };
        InvoiceDto: {
            /**
             * @description What was to be paid when it was finalized.
             * @example 79
             */
            amount_due: number;
            /**
             * @description What was paid.
             * @example 79
             */
            amount_paid: number;
            /**
             * @description What is still to be paid.
             * @example 0
             */
            amount_remaining: number;
            /**
             * @description When Stripe made it.
             * @example 2026-11-22T10:00:00.000Z
             */
            created: string;
            /**
             * @description ISO 4217 code in lower case.
             * @example usd
             */
            currency: string;
            /**
             * @description Text for the customer.
             * @example Thank you for your business
             */
            description: string | null;
            /**
             * @description Until when it is to be paid, if it is sent to be paid by hand.
             * @example 2026-12-22T10:00:00.000Z
             */
            due_date: string | null;
            /**
             * @description Link to Stripe's page of the invoice, where it can be paid. Whoever has it can see the invoice.
             * @example https://invoice.stripe.com/i/acct_1/test_1
             */
            hosted_url: string | null;
            /**
             * @description Our id of the invoice.
             * @example 1
             */
            id: number;
            /**
             * @description The number that is printed on it.
             * @example A1B2C3D4-0001
             */
            number: string | null;
            /**
             * @description When it was paid.
             * @example 2026-11-22T10:00:02.000Z
             */
            paid_at: string | null;
            /**
             * @description Link to the PDF. Whoever has it can see the invoice.
             * @example https://pay.stripe.com/invoice/acct_1/test_1/pdf
             */
            pdf: string | null;
            /**
             * @description Until when items were put on it: with the invoice of a renewal, the moment of the renewal.
             * @example 2026-11-22T10:00:00.000Z
             */
            period_end: string | null;
            /**
             * @description From when on items were put on it, as Stripe has it; what is paid for may begin later. The first invoice of a
             *     subscription shows the moment of its making for both.
             * @example 2026-11-22T10:00:00.000Z
             */
            period_start: string | null;
            /**
             * @description Where it stands; a draft may still change.
             * @example paid
             */
            status: components["schemas"]["InvoiceStatus"];
            /**
             * @description Our id of the subscription that it bills.
             * @example 1
             */
            subscription_id: number | null;
        };
        InvoiceResultDto: {
            /**
             * @description What was to be paid when it was finalized.
             * @example 79
             */
            amount_due: number;
            /**
             * @description What was paid.
             * @example 79
             */
            amount_paid: number;
            /**
             * @description What is still to be paid.
             * @example 0
             */
            amount_remaining: number;
            /**
             * @description For Stripe.js, to confirm the payment; null when nothing is left to do.
             * @example pi_1Qx_secret_9f2
             */
            client_secret: string | null;
            /**
             * @description When Stripe made it.
             * @example 2026-11-22T10:00:00.000Z
             */
            created: string;
            /**
             * @description ISO 4217 code in lower case.
             * @example usd
             */
            currency: string;
            /**
             * @description Text for the customer.
             * @example Thank you for your business
             */
            description: string | null;
            /**
             * @description Until when it is to be paid, if it is sent to be paid by hand.
             * @example 2026-12-22T10:00:00.000Z
             */
            due_date: string | null;
            /**
             * @description Link to Stripe's page of the invoice, where it can be paid. Whoever has it can see the invoice.
             * @example https://invoice.stripe.com/i/acct_1/test_1
             */
            hosted_url: string | null;
            /**
             * @description Our id of the invoice.
             * @example 1
             */
            id: number;
            /**
             * @description The number that is printed on it.
             * @example A1B2C3D4-0001
             */
            number: string | null;
            /**
             * @description When it was paid.
             * @example 2026-11-22T10:00:02.000Z
             */
            paid_at: string | null;
            /**
             * @description Stripe's page on which the payment can be confirmed; null when nothing is left to do.
             * @example https://invoice.stripe.com/i/acct_1/test_1
             */
            payment_url: string | null;
            /**
             * @description Link to the PDF. Whoever has it can see the invoice.
             * @example https://pay.stripe.com/invoice/acct_1/test_1/pdf
             */
            pdf: string | null;
            /**
             * @description Until when items were put on it: with the invoice of a renewal, the moment of the renewal.
             * @example 2026-11-22T10:00:00.000Z
             */
            period_end: string | null;
            /**
             * @description From when on items were put on it, as Stripe has it; what is paid for may begin later. The first invoice of a
             *     subscription shows the moment of its making for both.
             * @example 2026-11-22T10:00:00.000Z
             */
            period_start: string | null;
            /**
             * @description True when the customer must confirm the payment (3-D Secure); the invoice is open until then.
             * @example false
             */
            requires_action: boolean;
            /**
             * @description Where it stands; a draft may still change.
             * @example paid
             */
            status: components["schemas"]["InvoiceStatus"];
            /**
             * @description Our id of the subscription that it bills.
             * @example 1
             */
            subscription_id: number | null;
        };
        /** @enum {string} */
        InvoiceStatus: "draft" | "open" | "paid" | "void" | "uncollectible";
        LinkCustomerDto: {
            /**
             * @description Stripe's id of the customer.
             * @example cus_Q9XyZ
             */
            stripe_customer_id: string;
        };
        LivenessDto: {
            /**
             * @description Always `ok`: a process that does not answer is not alive.
             * @example ok
             * @enum {string}
             */
            status: "ok";
        };
        NewOutgoingEndpointDto: {
            /**
             * @description When it was added.
             * @example 2026-11-29T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description Whether events are delivered.
             * @example true
             */
            enabled: boolean;
            /**
             * @description Events that were given up after three days.
             * @example 0
             */
            failed: number;
            /**
             * @description Our id.
             * @example 1
             */
            id: number;
            /**
             * @description Signs the deliveries (Standard Webhooks); shown this once.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            secret: string;
            /**
             * @description Types that are delivered; null: all of them.
             * @example [
             *       "invoice.paid"
             *     ]
             */
            types: components["schemas"]["OutgoingEventType"][] | null;
            /**
             * @description Where to.
             * @example https://app.example.com/billing-events
             */
            url: string;
            /**
             * @description Events that are still to be delivered.
             * @example 0
             */
            waiting: number;
        };
        OutgoingEndpointDto: {
            /**
             * @description When it was added.
             * @example 2026-11-29T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description Whether events are delivered.
             * @example true
             */
            enabled: boolean;
            /**
             * @description Events that were given up after three days.
             * @example 0
             */
            failed: number;
            /**
             * @description Our id.
             * @example 1
             */
            id: number;
            /**
             * @description Types that are delivered; null: all of them.
             * @example [
             *       "invoice.paid"
             *     ]
             */
            types: components["schemas"]["OutgoingEventType"][] | null;
            /**
             * @description Where to.
             * @example https://app.example.com/billing-events
             */
            url: string;
            /**
             * @description Events that are still to be delivered.
             * @example 0
             */
            waiting: number;
        };
        OutgoingEventDataDto: {
            /**
             * @description The object as it was after the change: the response of its own route, with its ids at Stripe.
             * @example {
             *       "id": 7,
             *       "status": "past_due"
             *     }
             */
            object: {
                [key: string]: unknown;
            };
            /**
             * @description What changed, as it was before; null for what is new, and where nothing of the object changed.
             * @example {
             *       "status": "active"
             *     }
             */
            previous: {
                [key: string]: unknown;
            } | null;
        };
        OutgoingEventDto: {
            /**
             * @description When it was written.
             * @example 2026-11-29T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description The object and what changed of it.
             * @example {
             *       "object": {
             *         "id": 7,
             *         "status": "past_due"
             *       },
             *       "previous": {
             *         "status": "active"
             *       }
             *     }
             */
            data: components["schemas"]["OutgoingEventDataDto"];
            /**
             * @description Grows with each event: what `after` takes.
             * @example 42
             */
            id: string;
            /**
             * @description Our id of the object; null where it has none.
             * @example 7
             */
            object_id: number | null;
            /**
             * @description The kind of object that it tells of.
             * @example subscription
             */
            object_type: string;
            /**
             * @description Whose it is: `user:<sub>` or `org:<id>`; null for what concerns them all.
             * @example org:org_2aZ
             */
            payer: string | null;
            /**
             * @description Its place among the events of its payer (or of none): 1, 2, 3 … What is not greater than the last one seen is older.
             * @example 3
             */
            sequence: number;
            /**
             * @description Stripe's id of the object; null where Stripe does not know it.
             * @example sub_1Q9XyZ
             */
            stripe_id: string | null;
            /**
             * @description What happened.
             * @example subscription.past_due
             */
            type: components["schemas"]["OutgoingEventType"];
        };
        /**
         * @description What happened.
         * @enum {string}
         */
        OutgoingEventType: "subscription.created" | "subscription.updated" | "subscription.canceled" | "subscription.trial_ending" | "subscription.past_due" | "subscription.recovered" | "invoice.paid" | "invoice.payment_failed" | "invoice.upcoming" | "payment.refunded" | "payment.disputed" | "customer.updated" | "customer.linked" | "customer.closed" | "entitlements.changed" | "usage.limit_reached" | "catalogue.changed";
        PartDto: {
            /**
             * @description `database`, `stripe` (it answers), `prices` (Stripe confirmed the prices of the catalogue), `webhook_worker`.
             * @example database
             */
            part: string;
            /**
             * @description False when the service works without it, with less.
             * @example true
             */
            required: boolean;
            /**
             * @description True when it works now.
             * @example true
             */
            works: boolean;
        };
        PauseCollectionDto: {
            /**
             * @description What becomes of the invoices meanwhile: `keep_as_draft`, `mark_uncollectible` or `void`.
             * @example void
             */
            behavior: string;
            /**
             * @description When Stripe collects again, ISO 8601 UTC; null: when the operator says so.
             * @example 2027-01-01T00:00:00.000Z
             */
            resumes_at: string | null;
        };
        PayerDto: {
            /**
             * @description When it was closed, and its personal data removed.
             * @example 2026-11-29T10:00:00.000Z
             */
            closed_at: string | null;
            /**
             * @description Our id of the customer; null before the first purchase or card.
             * @example 7
             */
            customer_id: number | null;
            /**
             * @description That of the customer, else of the last token.
             * @example ada@example.com
             */
            email: string | null;
            /**
             * @description False: every request of this payer is a 403.
             * @example true
             */
            is_active: boolean;
            /**
             * @description As tokens tell it.
             * @example Ada Lovelace
             */
            name: string | null;
            /**
             * @description `user:<sub>` or `org:<id>`, as tokens name it.
             * @example user:auth0|65f1c2a9
             */
            payer: string;
            /**
             * @description Stripe's id of the customer.
             * @example cus_Q9XyZ
             */
            stripe_customer_id: string | null;
            /**
             * @description Its live subscriptions, the newest first.
             * @example []
             */
            subscriptions: components["schemas"]["PayerSubscriptionDto"][];
        };
        PayerSubscriptionDto: {
            /**
             * @description Our id.
             * @example 1
             */
            id: number;
            /**
             * @description How it stands.
             * @example active
             */
            status: string;
            /**
             * @description Stripe's id.
             * @example sub_1Q9XyZ
             */
            stripe_subscription_id: string | null;
            /**
             * @description The plan: its `tier` in GET /plans, or `custom`.
             * @example professional
             */
            tier: string;
        };
        PayInvoiceDto: {
            /**
             * @description Payment method to charge: a Stripe id (`pm_…`) or our integer. Without one the default is used. Once it has paid the
             *     invoice of a subscription it is the default.
             * @example pm_card_visa
             */
            payment_method_id?: string | number;
        };
        PaymentMethodDto: {
            /**
             * @description Brand of the card, in lower case.
             * @example visa
             */
            card_brand: string | null;
            /**
             * @description Month in which the card expires, 1 to 12.
             * @example 12
             */
            card_exp_month: number | null;
            /**
             * @description Year in which the card expires, four digits.
             * @example 2030
             */
            card_exp_year: number | null;
            /**
             * @description Last four digits of the card number.
             * @example 4242
             */
            card_last4: string | null;
            /**
             * @description Our id of the payment method.
             * @example 1
             */
            id: number;
            /**
             * @description True for the one that pays subscriptions.
             * @example true
             */
            is_default: boolean;
            /**
             * @description `other` is everything that is neither a card nor a bank account.
             * @example card
             */
            type: components["schemas"]["PaymentMethodType"];
        };
        /**
         * @description `other` is everything that is neither a card nor a bank account.
         * @enum {string}
         */
        PaymentMethodType: "card" | "bank_account" | "other";
        PaymentProblemDto: {
            /**
             * @description Stripe's code of the last attempt, such as `card_declined` or `expired_card`; `authentication_required` when the
             *     customer must confirm the payment, `payment_method_required` when there is no card, `payment_required` for all else.
             * @example card_declined
             */
            code: string;
            /**
             * @description Stripe's reason for a declined card.
             * @example insufficient_funds
             */
            decline_code: string | null;
            /**
             * @description Our id of the invoice, for POST /invoices/:id/pay.
             * @example 2
             */
            invoice_id: number | null;
            /**
             * @description When Stripe tries again by itself, ISO 8601 UTC; null: it does not.
             * @example 2026-12-25T10:00:00.000Z
             */
            next_attempt_at: string | null;
            /**
             * @description Stripe's page on which the invoice can be paid.
             * @example https://invoice.stripe.com/i/acct_1/test_1
             */
            pay_url: string | null;
        };
        PendingChangeDto: {
            /**
             * @description Add-ons of the catalogue that follow.
             * @example []
             */
            add_ons: components["schemas"]["AddOnChoiceDto"][];
            /**
             * @description When it is dropped unless it is paid, ISO 8601 UTC.
             * @example 2026-11-23T09:00:00.000Z
             */
            expires_at: string | null;
            /**
             * @description Interval that follows.
             * @example month
             */
            interval: string;
            /**
             * @description How many intervals are paid for at a time.
             * @example 1
             */
            interval_count: number;
            /**
             * @description Our id of the invoice, for POST /invoices/:id/pay.
             * @example 2
             */
            invoice_id: number | null;
            /**
             * @description Stripe's page on which the payment can be confirmed.
             * @example https://invoice.stripe.com/i/acct_1/test_1
             */
            payment_url: string | null;
            /**
             * @description Seats in all that follow.
             * @example 1
             */
            quantity: number;
            /**
             * @description Tier that follows.
             * @example enterprise
             */
            tier: string;
        };
        PlanDto: {
            /**
             * @description Sold beside a plan, as an item of its subscription.
             * @example false
             */
            add_on: boolean;
            /**
             * @description What a payer has without a subscription.
             * @example false
             */
            default: boolean;
            /**
             * @description One line about whom it is for.
             * @example For a team that grows
             */
            description: string;
            /**
             * @description What it has and what it lacks.
             * @example [
             *       {
             *         "key": "projects",
             *         "name": "50 projects",
             *         "included": true
             *       },
             *       {
             *         "key": "api_access",
             *         "name": "API access",
             *         "included": false
             *       }
             *     ]
             */
            features: components["schemas"]["PlanFeatureDto"][];
            /**
             * @description A payer has at most one live subscription of a group; null for an add-on.
             * @example main
             */
            group: string | null;
            /**
             * @description Name to show.
             * @example Professional
             */
            name: string;
            /**
             * @description The one to recommend.
             * @example true
             */
            popular: boolean;
            /**
             * @description Its prices; none for a plan that is had, not bought.
             * @example [
             *       {
             *         "interval": "month",
             *         "interval_count": 1,
             *         "amount": 79,
             *         "currency": "usd",
             *         "amounts": {
             *           "usd": 79
             *         }
             *       }
             *     ]
             */
            prices: components["schemas"]["PlanPriceDto"][];
            /**
             * @description A plan with a higher one is an upgrade.
             * @example 2
             */
            rank: number;
            /**
             * @description Null for a plan that is sold as one.
             * @example {
             *       "min": 1,
             *       "max": 50,
             *       "included": 3,
             *       "prices": []
             *     }
             */
            seats: components["schemas"]["PlanSeatsDto"] | null;
            /**
             * @description The value for `tier` of a purchase: the plan's key in the catalogue.
             * @example professional
             */
            tier: string;
            /**
             * @description Longest free trial that a purchase may ask for, in days.
             * @example 14
             */
            trial_days: number;
            /**
             * @description Plans that the add-on goes with; empty: all.
             * @example []
             */
            with: string[];
        };
        PlanFeatureDto: {
            /**
             * @description True when the plan has it.
             * @example true
             */
            included: boolean;
            /**
             * @description Key of the feature in the catalogue; null for a line that is text alone.
             * @example sso
             */
            key: string | null;
            /**
             * @description What the line is about.
             * @example Single sign-on
             */
            name: string;
        };
        PlanPriceDto: {
            /**
             * @description Price of one period in major units, before tax and discounts.
             * @example 79
             */
            amount: number;
            /**
             * @description The price in each currency that it is sold in, major units.
             * @example {
             *       "usd": 79
             *     }
             */
            amounts: {
                [key: string]: number;
            };
            /**
             * @description ISO 4217 code in lower case.
             * @example usd
             */
            currency: string;
            /**
             * @description How often it is paid: `day`, `week`, `month` or `year`.
             * @example month
             * @enum {string}
             */
            interval: "day" | "week" | "month" | "year";
            /**
             * @description How many intervals are paid for at a time.
             * @example 1
             */
            interval_count: number;
        };
        PlanSeatsDto: {
            /**
             * @description Seats that the price of the plan holds.
             * @example 3
             */
            included: number;
            /**
             * @description Most seats; null: no limit.
             * @example 50
             */
            max: number | null;
            /**
             * @description Fewest seats of a purchase.
             * @example 1
             */
            min: number;
            /**
             * @description Price of a seat past those; empty: the price of the plan is that of a seat.
             * @example []
             */
            prices: components["schemas"]["PlanPriceDto"][];
        };
        ProblemDto: {
            /**
             * @description Stable code of the error.
             * @example invalid_tier
             */
            code: string;
            /**
             * @description Only for declined cards: Stripe's reason.
             * @example insufficient_funds
             */
            decline_code?: string;
            /**
             * @description What is wrong and what to do.
             * @example Invalid tier: gold
             */
            detail: string;
            /**
             * @description Only for invalid fields: each of them.
             * @example [
             *       {
             *         "field": "trial_days",
             *         "message": "trial_days must not be greater than 14"
             *       }
             *     ]
             */
            errors?: components["schemas"]["FieldProblemDto"][];
            /**
             * @description The same text as `detail`.
             * @example Invalid tier: gold
             */
            message: string;
            /**
             * @description Id of the request, as in `X-Request-Id` and the log.
             * @example 0f8fad5b-d9cb-469f-a165-70867728950e
             */
            request_id: string | null;
            /**
             * @description HTTP status.
             * @example 400
             */
            status: number;
            /**
             * @description Text of the HTTP status.
             * @example Bad Request
             */
            title: string;
            /**
             * @description Always `about:blank`: the code says more.
             * @example about:blank
             */
            type: string;
        };
        PublicConfigDto: {
            /**
             * @description Ed25519 public key that verifies snapshots of entitlements: its 32 bytes in base64url; null: there are no snapshots.
             * @example 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
             */
            entitlements_public_key: string | null;
            /**
             * Format: date-time
             * @description The present moment of Stripe's clock, to the second: what the times of the API are to be compared with.
             * @example 2026-11-22T10:00:00.000Z
             */
            now: string;
            /**
             * @description Stripe's publishable key for Stripe.js; null when none is configured.
             * @example pk_test_51QdemoKey
             */
            publishable_key: string | null;
            /**
             * @description True when Stripe is the embedded sandbox, so that no real money moves.
             * @example true
             */
            sandbox: boolean;
            /**
             * @description Longest free trial that a purchase may ask for, in days; 0: there are no trials.
             * @example 14
             */
            trial_days: number;
        };
        QueuedDeliveriesDto: {
            /**
             * @description How many events.
             * @example 3
             */
            queued: number;
        };
        ReadinessDto: {
            /**
             * @description What the status means, in words.
             * @example Everything works
             */
            detail: string;
            /**
             * @description Each part.
             * @example [
             *       {
             *         "part": "database",
             *         "works": true,
             *         "required": true
             *       },
             *       {
             *         "part": "stripe",
             *         "works": true,
             *         "required": false
             *       }
             *     ]
             */
            parts: components["schemas"]["PartDto"][];
            /**
             * @description `degraded`: reads work, but what needs Stripe is refused. `unavailable`: send requests elsewhere.
             * @example ready
             */
            status: components["schemas"]["ReadinessStatus"];
        };
        /**
         * @description `degraded`: reads work, but what needs Stripe is refused. `unavailable`: send requests elsewhere.
         * @enum {string}
         */
        ReadinessStatus: "ready" | "degraded" | "unavailable";
        ReplayedEventsDto: {
            /**
             * @description How many events are handled again.
             * @example 3
             */
            replayed: number;
        };
        ReplayOutgoingEventsDto: {
            /**
             * @description All events after this `id`, delivered or not; default: those that were given up.
             * @example 42
             */
            after?: string;
        };
        ReportUsageDto: {
            /**
             * @description The whole of it, not what was added.
             * @example 12
             */
            used: number;
        };
        ScheduledChangeDto: {
            /**
             * @description Add-ons of the catalogue that follow.
             * @example []
             */
            add_ons: components["schemas"]["AddOnChoiceDto"][];
            /**
             * @description When it takes effect, ISO 8601 UTC.
             * @example 2026-12-22T10:00:00.000Z
             */
            at: string;
            /**
             * @description Interval that follows.
             * @example month
             */
            interval: string;
            /**
             * @description How many intervals are paid for at a time.
             * @example 1
             */
            interval_count: number;
            /**
             * @description Seats in all that follow.
             * @example 1
             */
            quantity: number;
            /**
             * @description Tier that follows.
             * @example starter
             */
            tier: string;
        };
        SetOverrideDto: {
            /**
             * @description Why, for whoever reads it later.
             * @example Goodwill after the outage
             */
            reason?: string;
            /**
             * @description Until when, ISO 8601; left out: until it is removed.
             * @example 2027-01-01T00:00:00Z
             */
            until?: string;
            /**
             * @description True or false for a flag; a number, or `unlimited`, for all else.
             * @example 100
             */
            value: boolean | number | "unlimited";
        };
        SetSeatsDto: {
            /**
             * @description Seats in all, within the bounds of the plan.
             * @example 5
             */
            quantity: number;
            /**
             * @description When fewer seats are had; `now` credits the difference. More always are at once.
             * @example period_end
             * @enum {string}
             */
            when?: "period_end" | "now";
        };
        SetupIntentDto: {
            /**
             * @description To be handed to Stripe's browser library, and to nobody else; null once it is no longer needed.
             * @example seti_1Qx_secret_9f2
             */
            client_secret: string | null;
            /**
             * @description Stripe's id of the setup intent.
             * @example seti_1Qx
             */
            id: string;
            /**
             * @description The payment method may be charged without its owner being present.
             * @example off_session
             */
            usage: string;
        };
        SubscriptionDto: {
            /**
             * @description What is billed beside the plan.
             * @example []
             */
            add_ons: components["schemas"]["AddOnDto"][];
            /**
             * @description What the plan with its seats costs for `interval_count` intervals in major units of the currency, before discounts and tax; null
             *     where `amount_reason` says why.
             * @example 79
             */
            amount: number | null;
            /**
             * @description Why the amount is not known before the invoice: `tiered` or `metered` (it depends on quantity or use),
             *     `below_minor_unit` (no whole number of cents), `other_currency` (the price names none in this currency) or `unknown`;
             *     null where it is known.
             * @example metered
             */
            amount_reason: string | null;
            /**
             * @description When the subscription will end by itself, ISO 8601 UTC.
             * @example 2026-12-22T10:00:00.000Z
             */
            cancel_at: string | null;
            /**
             * @description True whenever an end is scheduled, see `cancel_at`.
             * @example true
             */
            cancel_at_period_end: boolean;
            /**
             * @description When it was cancelled or told to end, ISO 8601 UTC.
             * @example 2026-11-25T10:00:00.000Z
             */
            canceled_at: string | null;
            /**
             * @description What the customer said when it was cancelled.
             * @example Too expensive
             */
            cancellation_reason: string | null;
            /**
             * @description Id of the coupon that is applied.
             * @example LAUNCH20
             */
            coupon: string | null;
            /**
             * @description When it began, ISO 8601 UTC.
             * @example 2026-11-08T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description ISO 4217 code in lower case.
             * @example usd
             */
            currency: string;
            /**
             * @description End of the plan's period that is paid for, ISO 8601 UTC; an add-on may have another one.
             * @example 2026-12-22T10:00:00.000Z
             */
            current_period_end: string | null;
            /**
             * @description Start of the plan's period that is paid for, ISO 8601 UTC.
             * @example 2026-11-22T10:00:00.000Z
             */
            current_period_start: string | null;
            /**
             * @description When it ended, ISO 8601 UTC.
             * @example 2026-12-22T10:00:00.000Z
             */
            ended_at: string | null;
            /**
             * @description Our id of the subscription.
             * @example 1
             */
            id: number;
            /**
             * @description `day`, `week`, `month` or `year`.
             * @example month
             */
            interval: string;
            /**
             * @description How many intervals the plan is paid for at a time: 6 with `month` is every six months.
             * @example 1
             */
            interval_count: number;
            /**
             * @description Set while Stripe collects nothing.
             * @example {
             *       "behavior": "void",
             *       "resumes_at": "2027-01-01T00:00:00.000Z"
             *     }
             */
            pause_collection: components["schemas"]["PauseCollectionDto"] | null;
            /**
             * @description Why it waits for its payment; null when it does not.
             * @example {
             *       "code": "card_declined",
             *       "decline_code": "insufficient_funds",
             *       "next_attempt_at": "2026-12-25T10:00:00.000Z",
             *       "pay_url": "https://invoice.stripe.com/i/acct_1/test_1",
             *       "invoice_id": 2
             *     }
             */
            payment_problem: components["schemas"]["PaymentProblemDto"] | null;
            /**
             * @description The upgrade that waits for the confirmation of its payment.
             * @example {
             *       "tier": "enterprise",
             *       "interval": "month",
             *       "payment_url": "https://invoice.stripe.com/i/acct_1/test_1",
             *       "invoice_id": 2,
             *       "expires_at": "2026-11-23T09:00:00.000Z"
             *     }
             */
            pending_change: components["schemas"]["PendingChangeDto"] | null;
            /**
             * @description Number of seats in all; for a plan without seats its units.
             * @example 1
             */
            quantity: number;
            /**
             * @description The change of plan that waits for the end of the period.
             * @example {
             *       "tier": "starter",
             *       "interval": "month",
             *       "interval_count": 1,
             *       "quantity": 1,
             *       "add_ons": [],
             *       "at": "2026-12-22T10:00:00.000Z"
             *     }
             */
            scheduled_change: components["schemas"]["ScheduledChangeDto"] | null;
            /**
             * @description `trialing`, `active`, `incomplete`, `past_due`, `unpaid`, `paused`, `canceled` or `incomplete_expired`.
             * @example active
             */
            status: string;
            /**
             * @description `starter`, `professional`, `enterprise`, or `custom` for a price that belongs to no plan, now or earlier: it
             *     bars no purchase, and its plan cannot be changed.
             * @example professional
             */
            tier: string;
            /**
             * @description End of the free trial, ISO 8601 UTC.
             * @example 2026-11-22T10:00:00.000Z
             */
            trial_end: string | null;
            /**
             * @description Start of the free trial, ISO 8601 UTC.
             * @example 2026-11-08T10:00:00.000Z
             */
            trial_start: string | null;
        };
        SubscriptionResultDto: {
            /**
             * @description What is billed beside the plan.
             * @example []
             */
            add_ons: components["schemas"]["AddOnDto"][];
            /**
             * @description What the plan with its seats costs for `interval_count` intervals in major units of the currency, before discounts and tax; null
             *     where `amount_reason` says why.
             * @example 79
             */
            amount: number | null;
            /**
             * @description Why the amount is not known before the invoice: `tiered` or `metered` (it depends on quantity or use),
             *     `below_minor_unit` (no whole number of cents), `other_currency` (the price names none in this currency) or `unknown`;
             *     null where it is known.
             * @example metered
             */
            amount_reason: string | null;
            /**
             * @description True when what a change of seats or add-ons costs is billed with the next invoice: Stripe makes few invoices a day for one
             *     subscription, so past five such changes in 24 hours the difference waits.
             * @example true
             */
            billed_with_next_invoice?: boolean;
            /**
             * @description When the subscription will end by itself, ISO 8601 UTC.
             * @example 2026-12-22T10:00:00.000Z
             */
            cancel_at: string | null;
            /**
             * @description True whenever an end is scheduled, see `cancel_at`.
             * @example true
             */
            cancel_at_period_end: boolean;
            /**
             * @description When it was cancelled or told to end, ISO 8601 UTC.
             * @example 2026-11-25T10:00:00.000Z
             */
            canceled_at: string | null;
            /**
             * @description What the customer said when it was cancelled.
             * @example Too expensive
             */
            cancellation_reason: string | null;
            /**
             * @description For Stripe.js, to confirm the payment or the card; null when nothing is left to do.
             * @example pi_1Qx_secret_9f2
             */
            client_secret: string | null;
            /**
             * @description Id of the coupon that is applied.
             * @example LAUNCH20
             */
            coupon: string | null;
            /**
             * @description When it began, ISO 8601 UTC.
             * @example 2026-11-08T10:00:00.000Z
             */
            created_at: string;
            /**
             * @description ISO 4217 code in lower case.
             * @example usd
             */
            currency: string;
            /**
             * @description End of the plan's period that is paid for, ISO 8601 UTC; an add-on may have another one.
             * @example 2026-12-22T10:00:00.000Z
             */
            current_period_end: string | null;
            /**
             * @description Start of the plan's period that is paid for, ISO 8601 UTC.
             * @example 2026-11-22T10:00:00.000Z
             */
            current_period_start: string | null;
            /**
             * @description When it ended, ISO 8601 UTC.
             * @example 2026-12-22T10:00:00.000Z
             */
            ended_at: string | null;
            /**
             * @description Our id of the subscription.
             * @example 1
             */
            id: number;
            /**
             * @description `day`, `week`, `month` or `year`.
             * @example month
             */
            interval: string;
            /**
             * @description How many intervals the plan is paid for at a time: 6 with `month` is every six months.
             * @example 1
             */
            interval_count: number;
            /**
             * @description Set while Stripe collects nothing.
             * @example {
             *       "behavior": "void",
             *       "resumes_at": "2027-01-01T00:00:00.000Z"
             *     }
             */
            pause_collection: components["schemas"]["PauseCollectionDto"] | null;
            /**
             * @description Why it waits for its payment; null when it does not.
             * @example {
             *       "code": "card_declined",
             *       "decline_code": "insufficient_funds",
             *       "next_attempt_at": "2026-12-25T10:00:00.000Z",
             *       "pay_url": "https://invoice.stripe.com/i/acct_1/test_1",
             *       "invoice_id": 2
             *     }
             */
            payment_problem: components["schemas"]["PaymentProblemDto"] | null;
            /**
             * @description Stripe's page on which the open invoice can be paid.
             * @example https://invoice.stripe.com/i/acct_1/test_1
             */
            payment_url: string | null;
            /**
             * @description The upgrade that waits for the confirmation of its payment.
             * @example {
             *       "tier": "enterprise",
             *       "interval": "month",
             *       "payment_url": "https://invoice.stripe.com/i/acct_1/test_1",
             *       "invoice_id": 2,
             *       "expires_at": "2026-11-23T09:00:00.000Z"
             *     }
             */
            pending_change: components["schemas"]["PendingChangeDto"] | null;
            /**
             * @description Number of seats in all; for a plan without seats its units.
             * @example 1
             */
            quantity: number;
            /**
             * @description True when the customer must confirm a payment or a card (3-D Secure), or give one.
             * @example true
             */
            requires_action: boolean;
            /**
             * @description The change of plan that waits for the end of the period.
             * @example {
             *       "tier": "starter",
             *       "interval": "month",
             *       "interval_count": 1,
             *       "quantity": 1,
             *       "add_ons": [],
             *       "at": "2026-12-22T10:00:00.000Z"
             *     }
             */
            scheduled_change: components["schemas"]["ScheduledChangeDto"] | null;
            /**
             * @description `trialing`, `active`, `incomplete`, `past_due`, `unpaid`, `paused`, `canceled` or `incomplete_expired`.
             * @example active
             */
            status: string;
            /**
             * @description `starter`, `professional`, `enterprise`, or `custom` for a price that belongs to no plan, now or earlier: it
             *     bars no purchase, and its plan cannot be changed.
             * @example professional
             */
            tier: string;
            /**
             * @description End of the free trial, ISO 8601 UTC.
             * @example 2026-11-22T10:00:00.000Z
             */
            trial_end: string | null;
            /**
             * @description Start of the free trial, ISO 8601 UTC.
             * @example 2026-11-08T10:00:00.000Z
             */
            trial_start: string | null;
        };
        UpdateCustomerDto: {
            /**
             * @description Street and number.
             * @example 12 Park Street
             */
            address_line1?: string;
            /**
             * @description Building, flat or company.
             * @example Flat 3
             */
            address_line2?: string;
            /**
             * @description City.
             * @example London
             */
            city?: string;
            /**
             * @description Country, ISO 3166-1 alpha-2.
             * @example GB
             */
            country?: string;
            /**
             * Format: email
             * @description Address of receipts and invoices.
             * @example ada@example.com
             */
            email?: string;
            /**
             * @description Name on receipts and invoices.
             * @example Ada Lovelace
             */
            name?: string;
            /**
             * @description Telephone number.
             * @example +44 20 7946 0000
             */
            phone?: string;
            /**
             * @description Postal code.
             * @example SW1Y 4JH
             */
            postal_code?: string;
            /**
             * @description State, county or province.
             * @example Greater London
             */
            state?: string;
        };
        UpdateOutgoingEndpointDto: {
            /**
             * @description Whether events are delivered. What happens while they are not is delivered by a replay alone; what waits already waits on.
             * @example false
             */
            enabled: boolean;
        };
        UpdateSubscriptionDto: {
            /**
             * @description All add-ons that are wanted; left out: as they are, empty: none. New ones are had and charged at once, dropped ones
             *     stay until the end of the period. What is none of the catalogue's stays.
             * @example [
             *       {
             *         "plan": "support",
             *         "quantity": 1
             *       }
             *     ]
             */
            add_ons?: components["schemas"]["AddOnWishDto"][];
            /**
             * Format: currency
             * @description The currency of the subscription, which never changes: another one is refused.
             * @example usd
             */
            currency?: string;
            /**
             * @description New billing interval.
             * @example year
             */
            interval?: string;
            /**
             * @description How many intervals are paid for at a time; needed only where the plan has several prices of an interval.
             * @example 1
             */
            interval_count?: number;
            /**
             * @description What the host keeps with the subscription at Stripe, for service keys alone: at most 20 texts of 500 characters. It is added to
             *     what is there; an empty text removes its name. Written before anything else of the request.
             * @example {
             *       "order": "4711"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description New payment method: a Stripe id (`pm_…`) or our integer.
             * @example pm_card_visa
             */
            payment_method_id?: string | number;
            /**
             * @description Seats in all: more are had and charged at once, fewer from the end of the period on. Left out, they stay as many.
             * @example 5
             */
            quantity?: number;
            /**
             * @description The plan to change to: its `tier` in GET /plans.
             * @example enterprise
             */
            tier?: string;
            /**
             * @description When a downgrade takes effect, fewer seats or a dropped add-on too; an upgrade always does at once.
             * @example period_end
             * @enum {string}
             */
            when?: "period_end" | "now";
        };
        WebhookAnswerDto: {
            /**
             * @description The delivery is kept, or was kept before.
             * @example success
             * @enum {string}
             */
            status: "success";
        };
        WebhookEventDetailsDto: {
            /**
             * @description How often its handling was begun.
             * @example 12
             */
            attempts: number;
            /**
             * @description Stripe's id of the event; for a delivery that was no event `sha256:` and the hash of its bytes.
             * @example evt_1Q9XyZ
             */
            event_id: string;
            /**
             * @description Error of the last attempt and where it happened.
             * @example TypeError: Cannot read properties of undefined
             */
            last_error: string | null;
            /**
             * @description When it is handled next; null when it is not.
             * @example 2026-11-22T10:00:00.000Z
             */
            next_attempt_at: string | null;
            /**
             * @description Stripe id of the object that it is about.
             * @example in_1Q9XyZ
             */
            object_id: string | null;
            /**
             * @description What Stripe sent: the object of its JSON, else the text as it is.
             * @example {
             *       "id": "evt_1Q9XyZ",
             *       "object": "event",
             *       "type": "invoice.paid"
             *     }
             */
            payload: {
                [key: string]: unknown;
            } | string;
            /**
             * @description When it was settled; null before.
             * @example 2026-11-22T09:00:01.000Z
             */
            processed_at: string | null;
            /**
             * @description Why it was ignored or given up.
             * @example attempts_exhausted
             */
            reason: string | null;
            /**
             * @description When it came in.
             * @example 2026-11-22T09:00:00.000Z
             */
            received_at: string;
            /**
             * @description Where it stands: `received` waits, `processing` is being handled, `done` has its effect, `ignored` needs none, `failed` was given up.
             * @example failed
             */
            state: components["schemas"]["WebhookEventState"];
            /**
             * @description Stripe id of the customer that it is about.
             * @example cus_R1a2b3
             */
            stripe_customer_id: string | null;
            /**
             * @description What happened; null for a delivery that was no event.
             * @example invoice.paid
             */
            type: string | null;
        };
        WebhookEventDto: {
            /**
             * @description How often its handling was begun.
             * @example 12
             */
            attempts: number;
            /**
             * @description Stripe's id of the event; for a delivery that was no event `sha256:` and the hash of its bytes.
             * @example evt_1Q9XyZ
             */
            event_id: string;
            /**
             * @description When it is handled next; null when it is not.
             * @example 2026-11-22T10:00:00.000Z
             */
            next_attempt_at: string | null;
            /**
             * @description Stripe id of the object that it is about.
             * @example in_1Q9XyZ
             */
            object_id: string | null;
            /**
             * @description When it was settled; null before.
             * @example 2026-11-22T09:00:01.000Z
             */
            processed_at: string | null;
            /**
             * @description Why it was ignored or given up.
             * @example attempts_exhausted
             */
            reason: string | null;
            /**
             * @description When it came in.
             * @example 2026-11-22T09:00:00.000Z
             */
            received_at: string;
            /**
             * @description Where it stands: `received` waits, `processing` is being handled, `done` has its effect, `ignored` needs none, `failed` was given up.
             * @example failed
             */
            state: components["schemas"]["WebhookEventState"];
            /**
             * @description Stripe id of the customer that it is about.
             * @example cus_R1a2b3
             */
            stripe_customer_id: string | null;
            /**
             * @description What happened; null for a delivery that was no event.
             * @example invoice.paid
             */
            type: string | null;
        };
        /** @enum {string} */
        WebhookEventState: "received" | "processing" | "done" | "ignored" | "failed";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    AuditController_list: {
        parameters: {
            query?: {
                /** @description How many at most, 1 to 100. */
                limit?: number;
                /** @description Only entries about this object: its type, a colon, its id. */
                object?: string;
                /** @description Only entries on behalf of this payer: `user:<sub>` or `org:<id>`. */
                payer?: string;
                /** @description `id` of the last entry of the page before; the `Link` header holds the address of the next page. */
                starting_after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Address of the next page, `rel="next"` */
                    Link?: string;
                    /** @description Whether there is another page */
                    "X-Has-More"?: "true" | "false";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    CheckoutController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateCheckoutDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckoutSessionDto"];
                };
            };
            /** @description `email_required`: Email required; `invalid_add_on`: Invalid add-on; `invalid_coupon`: Invalid coupon; `invalid_currency`: Invalid currency; `invalid_interval`: Invalid interval; `invalid_tier`: Invalid tier; `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `currency_fixed`: You pay in another currency already; leave the currency out; `existing_customer`: You seem to have a subscription from before; ask support to link it to your account instead of buying another; `purchase_in_progress`: A purchase is in progress; `subscription_exists`: You already have a subscription; change it instead of buying another; `subscription_state`: The state of the subscription does not allow this; `trial_already_used`: Trial already used; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `plan_unavailable`: This plan cannot be bought at the moment; choose another one; `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PlansController_publicConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicConfigDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    CustomersController_find: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The customer; null when there is none yet */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerDto"] | null;
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    CustomersController_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateCustomerDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerDto"];
                };
            };
            /** @description `email_required`: Email required; `nothing_to_update`: Nothing to update; `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `existing_customer`: You seem to have a subscription from before; ask support to link it to your account instead of buying another; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    EntitlementSnapshotController_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementSnapshotDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    EntitlementsController_list: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    EntitlementsController_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Its key in the catalogue. */
                feature: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    EntitlementsController_consume: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Its key in the catalogue. */
                feature: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsumeDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `limit_reached`: The limit is reached; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `usage_key_reused`: This key was used with another amount; `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    HostController_override: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Its key in the catalogue. */
                feature: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetOverrideDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    HostController_removeOverride: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Its key in the catalogue. */
                feature: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OutgoingEventsController_list: {
        parameters: {
            query?: {
                /** @description `id` of the last event that is known; default: from the oldest one that is kept. */
                after?: string;
                /** @description How many at most, 1 to 100. */
                limit?: number;
            };
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutgoingEventDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    InvoicesController_list: {
        parameters: {
            query?: {
                /** @description How many at most, 1 to 100. */
                limit?: number;
                /** @description Id of the last invoice of the page before; the `Link` header holds the address of the next page. */
                starting_after?: number;
                /**
                 * @description Only invoices of this status. `draft` shows what is being drawn up, which may still change; without it drafts are
                 *     left out.
                 */
                status_filter?: components["schemas"]["InvoiceStatus"];
            };
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Address of the next page, `rel="next"` */
                    Link?: string;
                    /** @description Whether there is another page */
                    "X-Has-More"?: "true" | "false";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    InvoicesController_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the invoice */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    InvoicesController_pay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the invoice */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PayInvoiceDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceResultDto"];
                };
            };
            /** @description `invalid_payment_method`: Invalid payment method; `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `card_declined`: Your card was declined */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `invoice_state`: The state of the invoice does not allow this; `payment_method_required`: There is no card to charge; add a payment method first; `purchase_in_progress`: A purchase is in progress; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OrganizationsController_removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The organization, as tokens name it */
                id: string;
                /** @description The `sub` of the member */
                sub: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Barred */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OutgoingEndpointsController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutgoingEndpointDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OutgoingEndpointsController_add: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateOutgoingEndpointDto"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewOutgoingEndpointDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OutgoingEndpointsController_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of the endpoint */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OutgoingEndpointsController_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `id` of the endpoint */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateOutgoingEndpointDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutgoingEndpointDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    OutgoingEndpointsController_replay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `id` of the endpoint */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayOutgoingEventsDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuedDeliveriesDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PayersController_list: {
        parameters: {
            query?: {
                /** @description Of the customer, or of the last token; as it is written. */
                email?: string;
                /** @description `user:<sub>` or `org:<id>`. */
                payer?: string;
                /** @description Also one that the payer had before. */
                stripe_customer_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayerDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PayersController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `user:<sub>` or `org:<id>`, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayerDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PayersController_activate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `user:<sub>` or `org:<id>`, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayerDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payer_closed`: This payer was closed for good; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PayersController_close: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `user:<sub>` or `org:<id>`, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayerDto"];
                };
            };
            /** @description `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PayersController_deactivate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `user:<sub>` or `org:<id>`, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayerDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PayersController_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `user:<sub>` or `org:<id>`, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkCustomerDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayerDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `customer_exists`: This payer has a Stripe customer already; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PaymentMethodsController_list: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentMethodDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PaymentMethodsController_add: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddPaymentMethodDto"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentMethodDto"];
                };
            };
            /** @description `email_required`: Email required; `invalid_payment_method`: Invalid payment method; `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `card_declined`: Your card was declined */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `existing_customer`: You seem to have a subscription from before; ask support to link it to your account instead of buying another; `payment_method_limit`: Too many payment methods; remove one first; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PaymentMethodsController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the payment method */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `payment_method_in_use`: This is the only payment method of a live subscription; add another one first */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PaymentMethodsController_setDefault: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the payment method */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentMethodDto"];
                };
            };
            /** @description `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PaymentMethodsController_createSetupIntent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupIntentDto"];
                };
            };
            /** @description `email_required`: Email required; `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `existing_customer`: You seem to have a subscription from before; ask support to link it to your account instead of buying another; `payment_method_limit`: Too many payment methods; remove one first; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PlansController_list: {
        parameters: {
            query?: {
                /** @description Tell the prices in this currency, ISO 4217; left out: in that of the catalogue. What has no price in it is left out. */
                currency?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanDto"][];
                };
            };
            /** @description `invalid_currency`: Invalid currency; `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    SubscriptionsController_findCurrent: {
        parameters: {
            query?: {
                /** @description Group of plans; left out: `main`, where the catalogue has it, else the first one. */
                group?: string;
            };
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The live one of the group; null when there is none */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionDto"] | null;
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PurchasesController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSubscriptionDto"];
            };
        };
        responses: {
            /** @description An unfinished purchase of the same plan is resumed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionResultDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionResultDto"];
                };
            };
            /** @description `email_required`: Email required; `invalid_add_on`: Invalid add-on; `invalid_coupon`: Invalid coupon; `invalid_currency`: Invalid currency; `invalid_interval`: Invalid interval; `invalid_payment_method`: Invalid payment method; `invalid_tier`: Invalid tier; `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `card_declined`: Your card was declined */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `currency_fixed`: You pay in another currency already; leave the currency out; `existing_customer`: You seem to have a subscription from before; ask support to link it to your account instead of buying another; `purchase_in_progress`: A purchase is in progress; `subscription_exists`: You already have a subscription; change it instead of buying another; `trial_already_used`: Trial already used; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `plan_unavailable`: This plan cannot be bought at the moment; choose another one; `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PlanChangesController_update: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the subscription */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateSubscriptionDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionResultDto"];
                };
            };
            /** @description `invalid_add_on`: Invalid add-on; `invalid_interval`: Invalid interval; `invalid_payment_method`: Invalid payment method; `invalid_tier`: Invalid tier; `nothing_to_update`: Nothing to update; `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `card_declined`: Your card was declined */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `add_on_does_not_fit`: An add-on of the subscription does not go with that plan; drop it with the same change; `conflict`: Something else of yours is being changed at the same time; try again; `currency_fixed`: You pay in another currency already; leave the currency out; `not_in_catalogue`: This subscription is of no plan on sale, so its plan cannot be changed here; ask support; `purchase_in_progress`: A purchase is in progress; `scheduled_for_cancellation`: Subscription is scheduled for cancellation; reactivate it first; `seats_in_use`: More seats are in use; free some first; `subscription_state`: The state of the subscription does not allow this; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `plan_unavailable`: This plan cannot be bought at the moment; choose another one; `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    CancellationsController_cancel: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the subscription */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancelSubscriptionDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `subscription_state`: The state of the subscription does not allow this; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    CancellationsController_reactivate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the subscription */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionDto"];
                };
            };
            /** @description `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `not_scheduled_for_cancellation`: Subscription is not scheduled for cancellation; `payment_method_required`: There is no card to charge; add a payment method first; `subscription_state`: The state of the subscription does not allow this; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    ResumptionsController_resume: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the subscription */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionResultDto"];
                };
            };
            /** @description `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `card_declined`: Your card was declined */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `payment_method_required`: There is no card to charge; add a payment method first; `purchase_in_progress`: A purchase is in progress; `subscription_state`: The state of the subscription does not allow this; `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    ResumptionsController_dropScheduledChange: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the subscription */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionDto"];
                };
            };
            /** @description `refused_by_stripe`: Stripe refused the request; `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `conflict`: Something else of yours is being changed at the same time; try again; `not_in_catalogue`: This subscription is of no plan on sale, so its plan cannot be changed here; ask support */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    PlanChangesController_setSeats: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Our id of the subscription */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetSeatsDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionResultDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `refused_by_stripe`: Stripe refused the request; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `card_declined`: Your card was declined */
            402: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `add_on_does_not_fit`: An add-on of the subscription does not go with that plan; drop it with the same change; `conflict`: Something else of yours is being changed at the same time; try again; `currency_fixed`: You pay in another currency already; leave the currency out; `not_in_catalogue`: This subscription is of no plan on sale, so its plan cannot be changed here; ask support; `purchase_in_progress`: A purchase is in progress; `scheduled_for_cancellation`: Subscription is scheduled for cancellation; reactivate it first; `seats_in_use`: More seats are in use; free some first; `subscription_state`: The state of the subscription does not allow this */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `stripe_failed`: Stripe could not process the request; try again later */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `plan_unavailable`: This plan cannot be bought at the moment; choose another one; `stripe_unavailable`: Stripe is not reachable; try again later; `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    SubscriptionsController_list: {
        parameters: {
            query?: {
                /** @description How many at most, 1 to 100. */
                limit?: number;
                /** @description Id of the last subscription of the page before; the `Link` header holds the address of the next page. */
                starting_after?: number;
            };
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Address of the next page, `rel="next"` */
                    Link?: string;
                    /** @description Whether there is another page */
                    "X-Has-More"?: "true" | "false";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    HostController_report: {
        parameters: {
            query?: never;
            header?: {
                /** @description With a service key, and never beside a token: for whom it acts, `user:<sub>` or `org:<id>`, the id percent-encoded */
                "On-Behalf-Of"?: string;
            };
            path: {
                /** @description Its key in the catalogue. */
                feature: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportUsageDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntitlementDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `organization_ambiguous`: The token names several organizations; send one that names the organization to act for; `organization_inactive`: This organization is inactive; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive; `buyer_role_required`: Your role in this organization may read only; ask one of its owners or administrators to change this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    WebhooksController_receive: {
        parameters: {
            query?: never;
            header: {
                /** @description HMAC-SHA256 of stamp and body with the signing secret of the endpoint, at most five minutes old */
                "Stripe-Signature": string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The event as Stripe sent it, byte for byte; at most 1 MiB */
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookAnswerDto"];
                };
            };
            /** @description `invalid_signature`: Invalid signature */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    WebhookEventsController_list: {
        parameters: {
            query?: {
                /** @description How many at most, 1 to 100. */
                limit?: number;
                /** @description `event_id` of the last event of the page before; the `Link` header holds the address of the next page. */
                starting_after?: string;
                /** @description Only events in this state. */
                state?: components["schemas"]["WebhookEventState"];
                /** @description Only events of this type. */
                type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Address of the next page, `rel="next"` */
                    Link?: string;
                    /** @description Whether there is another page */
                    "X-Has-More"?: "true" | "false";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEventDto"][];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    WebhookEventsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `event_id` of the event */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEventDetailsDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    WebhookEventsController_replay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description `event_id` of the event */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEventDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    WebhookEventsController_replayFailed: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes repetitions of this request answer the first result, for 24 hours: 1 to 255 visible ASCII characters, a new one for each thing that is wanted */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayedEventsDto"];
                };
            };
            /** @description `validation_failed`: The request has invalid fields; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `role_required`: This needs the role admin; `scope_required`: The scope of this service key does not allow this; `user_inactive`: This user is inactive */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_in_use`: A request with this Idempotency-Key is still in progress */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `payload_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unsupported_media_type`: Send application/json */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `idempotency_key_reused`: This Idempotency-Key was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `rate_limited`: Too many requests; try again later */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `service_unavailable`: The service is not ready; try again later */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    HealthController_live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LivenessDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    HealthController_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `ready`, or `degraded` while Stripe is away */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadinessDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `unavailable`: it cannot serve */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadinessDto"];
                };
            };
        };
    };
    MetricsController_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text format of Prometheus */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `authentication_required`: A valid bearer token is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
}
