"""Why there is a coupon or none: short phrases to store and count, and a sentence for people for each."""

from collections.abc import Mapping

NO_DECISION_POINT = "no decision point"

BOT = "bot"
COUPON_THIS_VISIT = "coupon this visit"
LIVE_COUPONS = "live coupons"
COOL_DOWN = "cool-down"
BUDGET_USED_UP = "budget used up"
NO_CATEGORY = "no category known"
JUST_BOUGHT = "just bought"
MARGIN_UNKNOWN = "margin unknown"
MARGIN_FLOOR = "margin floor"

HELD_OUT = "held out"
STOPPED = "stopped"
HAD_IT = "had it"
OTHER_CATEGORY = "other category"
OTHER_AUDIENCE = "other audience"
ANOTHER_CAMPAIGN = "another campaign"

NO_SCORE = "no score"
NEVER = "never a coupon"
ALWAYS = "always a coupon"
DRAWN = "drawn by chance"
NOT_DRAWN = "held back by chance"
RISK_HIGH = "risk above threshold"
RISK_LOW = "risk below threshold"
PROPENSITY_HIGH = "propensity above threshold"
PROPENSITY_LOW = "propensity below threshold"
UPLIFT_HIGH = "uplift above threshold"
UPLIFT_LOW = "uplift below threshold"
WORTH_IT = "gain above cost"
NOT_WORTH_IT = "gain below cost"

SENTENCES: Mapping[str, str] = {
    NO_DECISION_POINT: "The last event is no moment at which a coupon may be offered.",
    BOT: "The visit looks like that of a machine.",
    COUPON_THIS_VISIT: "This visit has had as many coupons as a visit may have.",
    LIVE_COUPONS: "The shopper holds as many coupons as one may hold.",
    COOL_DOWN: "The shopper's last coupon is too short a time ago.",
    BUDGET_USED_UP: "What is left of the budget does not cover the most that this coupon could cost.",
    NO_CATEGORY: "Nothing says yet which category the shopper looks for.",
    JUST_BOUGHT: "The shopper has just bought in this category.",
    MARGIN_UNKNOWN: "No margin is known for this category, and so none that could be given away.",
    MARGIN_FLOOR: "After the discount too little of the category's margin would be left.",
    HELD_OUT: "The shopper belongs to those who never get this coupon, so that its effect can be seen.",
    STOPPED: "The mall's office has stopped all coupons.",
    HAD_IT: "The shopper has had as many coupons of this campaign as one may have.",
    OTHER_CATEGORY: "What the shopper looks for is not in this campaign's categories.",
    OTHER_AUDIENCE: "The shopper is not among those whom this campaign is for.",
    ANOTHER_CAMPAIGN: "A campaign of higher priority decided on this visit.",
    NO_SCORE: "No model gave the score that this policy needs.",
    NEVER: "This policy offers no coupons.",
    ALWAYS: "This policy offers a coupon at every chance.",
    DRAWN: "The coupon was drawn by chance.",
    NOT_DRAWN: "Chance held the coupon back.",
    RISK_HIGH: "The risk of leaving without a purchase is above the threshold.",
    RISK_LOW: "The risk of leaving without a purchase is below the threshold.",
    PROPENSITY_HIGH: "The chance of a purchase is above the threshold.",
    PROPENSITY_LOW: "The chance of a purchase is below the threshold.",
    UPLIFT_HIGH: "What a coupon adds to the chance of a purchase is above the threshold.",
    UPLIFT_LOW: "What a coupon adds to the chance of a purchase is below the threshold.",
    WORTH_IT: "The coupon's expected gain is above its price.",
    NOT_WORTH_IT: "No coupon's expected gain is above its price.",
}
