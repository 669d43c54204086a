//! The templates: every model and journey of `examples/`, as they stand there.

use super::{Kind, Template};

/// A template of a single file.
macro_rules! single {
    ($kind:ident, $folder:literal, $name:literal, $log:literal, $until:literal, $about:literal) => {
        Template {
            name: $name,
            kind: Kind::$kind,
            about: $about,
            files: &[($name, include_str!(concat!("../../examples/", $folder, "/", $name, ".funnel")))],
            log: include_str!(concat!("../../examples/", $folder, "/", $name, ".", $log)),
            log_ending: $log,
            until: $until,
        }
    };
}

/// All of them: the models and then the journeys, each by name.
pub const TEMPLATES: &[Template] = &[
    single!(Model, "models", "aarrr", "ndjson", "2026-06-30", "pirate metrics: acquisition, activation, retention, referral, revenue"),
    single!(Model, "models", "aida", "csv", "2026-05-15", "attention, interest, desire, action"),
    single!(
        Model,
        "models",
        "customer_value_journey",
        "ndjson",
        "2026-07-15",
        "eight stages from a stranger to a promoter, whose friends begin again at the first"
    ),
    single!(
        Model,
        "models",
        "dynamic_customer_journey",
        "ndjson",
        "2026-06-15",
        "a circle of six stages in which other touchpoints are open each time"
    ),
    single!(
        Model,
        "models",
        "internet_sales_process",
        "ndjson",
        "2026-06-30",
        "five stages of the seller, each the mirror of a step of the buyer, with several roads to the sale"
    ),
    single!(
        Model,
        "models",
        "journey_map",
        "csv",
        "2026-08-15",
        "discover, investigate, engage, purchase, purchase again, advocate; half of it in a shop"
    ),
    single!(
        Model,
        "models",
        "lead_lifecycle",
        "ndjson",
        "2026-08-01",
        "subscriber, lead, MQL, SQL, opportunity, customer, evangelist, driven by a lead score"
    ),
    single!(Model, "models", "life_cycle_five", "ndjson", "2026-10-31", "reach, acquisition, conversion, retention, loyalty"),
    single!(
        Model,
        "models",
        "life_cycle_four",
        "ndjson",
        "2026-05-15",
        "awareness, evaluation, decision, retention, for a subscription with a trial"
    ),
    single!(Model, "models", "life_cycle_seven", "ndjson", "2026-06-30", "seven stages; the discount grows for those who look again"),
    single!(
        Model,
        "models",
        "life_cycle_three",
        "csv",
        "2026-05-31",
        "awareness, consideration, decision, with a discount at the decision and a control group"
    ),
    single!(
        Model,
        "models",
        "loyalty_loop",
        "ndjson",
        "2026-09-15",
        "consider, evaluate, buy, enjoy, advocate, bond: one loop for each product category"
    ),
    single!(Model, "models", "race", "ndjson", "2026-05-15", "reach, act, convert, engage; a purchase converts from anywhere"),
    single!(Journey, "journeys", "abandoned_cart", "ndjson", "2026-03-20", "reminds people of a cart that was left alone for an hour"),
    single!(
        Journey,
        "journeys",
        "appointment_reminder",
        "ndjson",
        "2026-04-15",
        "reminds of every appointment separately, by e-mail and by text message"
    ),
    single!(
        Journey,
        "journeys",
        "lead_routing",
        "ndjson",
        "2026-09-01",
        "sends leads to nobody yet, inside sales or field sales, as their score says"
    ),
    single!(
        Journey,
        "journeys",
        "onboarding",
        "ndjson",
        "2026-05-15",
        "leads a new account to its first shared report, and offers a hand to those who go quiet"
    ),
    single!(
        Journey,
        "journeys",
        "post_purchase_feedback",
        "ndjson",
        "2026-07-15",
        "asks one question after the parcel, and acts on the answer"
    ),
    single!(Journey, "journeys", "renewal", "csv", "2026-12-15", "a letter sixty days before a contract renews, an offer, then calls"),
    Template {
        name: "shop",
        kind: Kind::Journey,
        about: "two funnels over one shop, from the first order to the best customer, and what both know",
        files: &[
            ("first_order", include_str!("../../examples/journeys/shop/first_order.funnel")),
            ("loyalty", include_str!("../../examples/journeys/shop/loyalty.funnel")),
            ("shared", include_str!("../../examples/journeys/shop/shared.funnel")),
        ],
        log: include_str!("../../examples/journeys/shop/shop.ndjson"),
        log_ending: "ndjson",
        until: "2026-12-31",
    },
    single!(
        Journey,
        "journeys",
        "trial_ending",
        "ndjson",
        "2026-05-15",
        "tells busy users what they would lose and idle ones how to begin, around the end of a trial"
    ),
    single!(Journey, "journeys", "webinar", "ndjson", "2026-05-15", "before, during and after a webinar, one run for each"),
    single!(
        Journey,
        "journeys",
        "weekly_digest",
        "ndjson",
        "2026-07-01",
        "a mail every Monday after a week with something in it, until nobody opens it any more"
    ),
    single!(Journey, "journeys", "win_back", "ndjson", "2026-09-01", "news, and a month later a discount, to customers who stopped buying"),
];
