/* Generated from the JSON Schema of the catalogue by `npm run client:generate`. Do not edit. */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Catalogue of a billing service */
        Catalogue: {
            $schema?: string;
            /** @description Currency of who names none, ISO 4217 in small letters */
            currency: string;
            /**
             * @description What plans may give, by key
             * @default {}
             */
            features?: {
                [key: string]: {
                    /**
                     * @description flag: had or not; limit: so many; metered: used up
                     * @enum {string}
                     */
                    type: "flag" | "limit" | "metered";
                    /** @description Name to show; default: the key */
                    name?: string;
                    /** @description Name of a single one; default: name */
                    one?: string;
                    /** @description Event name of the Stripe meter of a metered feature */
                    meter?: string;
                    /**
                     * @description When what was used counts anew: a calendar interval in UTC, or the period of the subscription
                     * @enum {string}
                     */
                    reset?: "day" | "week" | "month" | "year" | "period" | "never";
                };
            };
            /** @description Plans and add-ons by key, in the order in which they are shown */
            plans: {
                [key: string]: {
                    /** @description Name to show; left out: that of Stripe's product */
                    name?: string;
                    /** @description One line to show; left out: that of Stripe's product */
                    description?: string;
                    /** @description At most one live subscription per payer and group; default main */
                    group?: string;
                    /**
                     * @description What a payer has without a subscription; has no prices
                     * @default false
                     */
                    default?: boolean;
                    /** @description A higher rank is an upgrade; left out: the price a month */
                    rank?: number;
                    /**
                     * @description Shown as such on the page
                     * @default false
                     */
                    popular?: boolean;
                    /** @description Longest trial of this plan; left out: TRIAL_DAYS */
                    trial_days?: number;
                    seats?: {
                        /**
                         * @description Fewest seats
                         * @default 1
                         */
                        min?: number;
                        /** @description Most seats; left out: no limit */
                        max?: number;
                        /**
                         * @description Seats that the price of the plan holds; needs prices
                         * @default 0
                         */
                        included?: number;
                        /** @description The feature whose limit is the number of seats */
                        feature?: string;
                        /**
                         * @description Price of a seat past those included; without it prices are per seat
                         * @default []
                         */
                        prices?: {
                            /**
                             * @description How often it is paid
                             * @enum {string}
                             */
                            interval: "day" | "week" | "month" | "year";
                            /**
                             * @description Intervals that are paid for at a time
                             * @default 1
                             */
                            interval_count?: number;
                            /**
                             * Format: starts_with
                             * @description Id of the price at Stripe
                             */
                            price?: string;
                            /** @description Lookup key of the price at Stripe */
                            lookup_key?: string;
                            /** @description Amount of one period by currency, in major units; the push makes such a price at Stripe */
                            amounts?: {
                                [key: string]: number;
                            };
                        }[];
                    };
                    /**
                     * @description What it costs; none: it is had, not bought
                     * @default []
                     */
                    prices?: {
                        /**
                         * @description How often it is paid
                         * @enum {string}
                         */
                        interval: "day" | "week" | "month" | "year";
                        /**
                         * @description Intervals that are paid for at a time
                         * @default 1
                         */
                        interval_count?: number;
                        /**
                         * Format: starts_with
                         * @description Id of the price at Stripe
                         */
                        price?: string;
                        /** @description Lookup key of the price at Stripe */
                        lookup_key?: string;
                        /** @description Amount of one period by currency, in major units; the push makes such a price at Stripe */
                        amounts?: {
                            [key: string]: number;
                        };
                    }[];
                    /**
                     * @description Prices it was sold at, whose subscribers keep the plan
                     * @default []
                     */
                    earlier_prices?: string[];
                    /**
                     * @description By feature: true or false for a flag; a number or unlimited for all else
                     * @default {}
                     */
                    features?: {
                        [key: string]: boolean | number | "unlimited";
                    };
                    /**
                     * @description More lines to show
                     * @default []
                     */
                    highlights?: string[];
                    /**
                     * @description Sold beside a plan, as an item of its subscription
                     * @default false
                     */
                    add_on?: boolean;
                    /**
                     * @description Plans that the add-on goes with; none: all
                     * @default []
                     */
                    with?: string[];
                };
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
