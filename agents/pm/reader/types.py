"""Types by words: what was stated ("a boolean"), and what a name suggests ("due date")."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re
from dataclasses import dataclass

from agents.pm.reader.names import singular
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType as T


@dataclass(frozen=True, slots=True)
class Stated:
    type: T
    item: T | None = None
    long: bool = False
    loose: bool = False
    """A number of some kind: whole where the name says so."""


_ITEMS = {
    "integer": T.INTEGER, "integers": T.INTEGER, "ints": T.INTEGER, "int": T.INTEGER, "numbers": T.NUMBER,
    "floats": T.NUMBER, "decimals": T.NUMBER, "float": T.NUMBER,
}  # fmt: skip

STATED: dict[str, Stated] = {}
for _type, _words in {
    T.TEXT: "text|string|str|varchar|char|free text|free-text|plain text|short text|strings|short string|texts|freetext",
    T.INTEGER: "integer|int|whole number|bigint|integers|whole numbers|integer number|natural number",
    T.NUMBER: "number|float|decimal|numeric|double|real|decimal number|real number|floating point number|percentage|percent"
    "|floating-point number|fractional number",
    T.MONEY: "money|currency|monetary amount|monetary|amount of money|money amount|monetary value|currency amount",
    T.DATE: "date|calendar date",
    T.TIME: "time|time of day|clock time",
    T.DATETIME: "datetime|date-time|date time|date and time|timestamp|date/time|date & time|instant",
    T.FLAG: "boolean|bool|flag|yes/no|true/false|checkbox|yes or no|true or false|yes/no flag|boolean flag|bool flag|toggle",
    T.EMAIL: "email|e-mail|email address|e-mail address|mail address",
    T.URL: "url|uri|link|web address|hyperlink|http url|https url|web link",
}.items():
    for _word in _words.split("|"):
        STATED[_word] = Stated(_type, loose=_word in ("number", "numeric"))
for _word in (
    "long text",
    "multiline text",
    "multi-line text",
    "textarea",
    "markdown",
    "rich text",
    "longtext",
    "long string",
):
    STATED[_word] = Stated(T.TEXT, long=True)

_ALTERNATIVES = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(STATED, key=len, reverse=True))
TYPE_PHRASE = re.compile(
    rf"(?:of type |typed as |type |as |is )?(?:an? |the )?(?:valid |proper |real |simple |given |specific |certain |particular )?({_ALTERNATIVES})"
    r"(?: (?:value|field|column|type))?(?![\w'/-])"
)
LIST_PHRASE = re.compile(
    r"(?:as |of type |is )?(?:an? )?(?:list|array|collection|set)(?: of (?:free )?([a-z]+)|\[([a-z]+)\]|<([a-z]+)>)?(?![\w'-])"
)

HARD_TYPE_WORDS = word_set(
    """
    boolean bool integer int decimal float string numeric str datetime timestamp flag varchar
    """
)
"""Part of a name only where nothing else is left of it."""


def stated_list(word: str | None) -> Stated:
    return Stated(T.LIST, item=_ITEMS.get(word or "", T.TEXT))


_LONG = word_set(
    """
    description notes note body content contents comment comments bio biography message text summary address
    details instructions instruction abstract remarks remark feedback answer steps directions synopsis review
    lyrics story explanation about observations diagnosis memo transcript excerpt reason method preparation
    """
)
_FLAG_FIRST = word_set("is has can should was does needs allows accepts")
_FLAG = word_set(
    """
    done completed complete active enabled pinned muted flagged favourited bookmarked cleaned fed packed
    disqualified occupied furnished damaged rented printed scanned invoiced rejected licensed certified retired
    sterilised sterilized chipped microchipped trained banned suspended escalated settled processed handled redeemed
    claimed consumed cooked eaten muted insured disabled archived published paid finished available favorite favourite
    verified public private visible hidden deleted read starred pinned featured approved closed cancelled canceled
    billable confirmed vaccinated overdue fulfilled shipped delivered resolved subscribed blocked locked
    discontinued taxable mandatory returned refundable vegan vegetarian fragile checked returned recurring urgent
    important sold reserved attended accepted watched bought purchased in_stock spayed neutered remote organic
    insured passed collected repaired visited graduated signed answered tested reviewed given_back attended
    present given_away handed_in registered deleted refunded booked finished
    """
)
_MONEY = word_set(
    """
    fare toll commission bonus stipend payout price cost amount total subtotal salary fee budget balance rent deposit tax revenue wage payment fine tuition
    premium discount_amount income expense expenses spend spending msrp earnings tip turnover profit
    gross net gross_amount net_amount market_value insured_value estimated_value book_value
    purchase_value price_per_night hourly_rate daily_rate nightly_rate rate_per_hour cost_price sale_price
    """
)
_INTEGER = word_set(
    """
    floors storeys stories voters ibu max_size min_size
    runtime quantity qty stock age year count pages rating stars score capacity seats copies floor rank
    points level votes likes pulse systolic diastolic heartbeat clicks visits docks slots spots places uses credits laps replies shares views bedrooms bathrooms rooms servings portions calories reps sets minutes hours
    days weeks months mileage attendees participants guests priority_level credits port step population inventory
    episodes seasons players employees headcount kilometers odometer horsepower doors semester goals wins losses
    cylinders spaces beds downloads attempts units tries lives order sequence visitors steps_count
    """
)
_NUMBER = word_set(
    """
    gravity hardness abv alcohol alcohol_content carats
    weight height width length depth temperature latitude longitude distance percentage percent ratio speed area
    volume humidity pressure gpa voltage grade_point lat lng lon factor size radius concentration ph altitude
    elevation estimate effort tempo discount dose dosage average probability confidence acreage litres liters grams kilograms hectares metres
    meters kilometres miles
    """
)
_INTEGER_TAIL = word_set(
    """
    quantity qty stock age year count rating score capacity seats copies pages minutes hours days weeks months
    voters storeys points threshold servings level seconds attendees participants guests goals clicks visits
    """
)
_DATE = word_set(
    """
    joined hired
    date day birthday birthdate deadline dob anniversary expiry expiration due checkin checkout check_in check_out
    """
)
_LISTS = word_set(
    """
    tags ingredients keywords labels skills genres hobbies interests languages aliases features benefits amenities
    allergies symptoms medications topics colours colors sizes photos images links urls authors tools requirements
    attachments steps materials toppings actors subjects equipment cast allergens synonyms categories specialties
    certifications instruments flavors flavours nicknames
    """
)
_COUNTED = word_set(
    """
    episode chapter page issue shirt jersey squad floor lap round week volume season question version lesson track
    sequence rank line jersey set step order_line day month year priority edition copy position level seat hole
    """
)
"""`episode number` counts; `phone number`, `room number` and the like are texts, for they can hold letters or zeros."""
_DATETIME_VERBS = word_set("at timestamp datetime")
_TIME_HEADS = word_set(
    """
    start end starting ending opening closing departure arrival begin finish pickup delivery wake bed alarm
    reminder meeting
    """
)
_DURATION = word_set(
    """
    duration length runtime prep cook cooking preparation reading travel running elapsed total waiting
    """
)


def guess(name: str) -> Stated:
    """The type that a field's snake_case name suggests; text where nothing is suggested."""
    words = name.split("_")
    if (
        len(words) > 1
        and words[-1] in ("min", "max", "minimum", "maximum", "from", "to")
        and words[-2] not in ("valid", "available", "active", "effective", "open", "free")
    ):
        return guess("_".join(words[:-1]))
    if len(words) > 1 and words[0] in ("min", "max", "minimum", "maximum"):
        rest = guess("_".join(words[1:]))
        return Stated(T.INTEGER) if rest.type in (T.TEXT, T.LIST) or words[1:] == ["size"] else rest
    for attempt in (_by_whole, _by_first, _by_last):
        found = attempt(name, words)
        if found is not None:
            return found
    return Stated(T.TEXT, long=(words[-1] in _LONG and words[-1] not in ("note", "review")) or name in _LONG)


def _by_whole(name: str, words: list[str]) -> Stated | None:
    if (
        name in ("e_mail", "email", "mail")
        or words[-1] == "email"
        or words[-2:] in (["e", "mail"], ["email", "address"])
    ):
        return Stated(T.EMAIL)
    if name.endswith("e_mail_address"):
        return Stated(T.EMAIL)
    if words[-1] in ("url", "website", "homepage", "uri", "link", "hyperlink", "webpage", "permalink") or name in (
        "web_site", "home_page", "web_address", "web_page",
    ):  # fmt: skip
        return Stated(T.URL)
    if name in _FLAG:
        return Stated(T.FLAG)
    if "_per_" in name and words[0] not in _MONEY:
        counted = guess(name.partition("_per_")[0])
        return counted if counted.type in (T.INTEGER, T.NUMBER) else None
    if name in _MONEY or ("_per_" in name and words[0] in _MONEY):
        return Stated(T.MONEY)
    if name in _INTEGER:
        return Stated(T.INTEGER)
    if name in _NUMBER:
        return Stated(T.NUMBER)
    if name in ("since", "born", "died"):
        return Stated(T.DATE)
    if name in ("date_and_time", "date_time", "time_stamp", "arrival", "departure", "kickoff", "kick_off"):
        return Stated(T.DATETIME)
    if name in _LISTS:
        return Stated(T.LIST, item=T.TEXT)
    if "_number_of_" in name:
        return Stated(T.INTEGER)
    return None


def _by_first(name: str, words: list[str]) -> Stated | None:
    if words[0] in ("on", "in", "at", "under", "off", "for") and len(words) == 2 and guess(words[1]).type is T.TEXT:
        return Stated(T.FLAG)
    if words[0] in _FLAG_FIRST and len(words) > 1:
        return Stated(T.FLAG)
    if words[0] in ("number", "count", "years", "months", "weeks", "days", "hours", "minutes") and words[1:2] == ["of"]:
        return Stated(T.INTEGER)
    if words[0] in ("list", "array", "set") and words[1:2] == ["of"]:
        return Stated(T.LIST, item=_ITEMS.get(words[-1], T.TEXT))
    if (words[0] == "date" and words[1:2] in (["of"], ["and"])) or (words[0] == "date" and len(words) == 2):
        return Stated(T.DATE)
    if words[0] == "time" and (words[1:2] == ["of"] or (len(words) == 2 and words[1].endswith(("ed", "en", "unk")))):
        return Stated(T.TIME)
    if words[0] in ("year",) and words[1:2] == ["of"]:
        return Stated(T.INTEGER)
    if words[0] == "year" and len(words) == 2:
        return Stated(T.INTEGER)
    if words[-1] == "position" and words[0] in ("list", "grid", "start", "finish", "table", "sort", "chart"):
        return Stated(T.INTEGER)
    if words[0] in ("goals", "points", "votes") and len(words) == 2:
        return Stated(T.INTEGER)
    if words[0] == "price" and words[-1] in ("level", "range", "class", "category", "tier"):
        return Stated(T.INTEGER) if words[-1] == "level" else None
    if words[0] in ("price", "cost", "amount") and len(words) > 1:
        return Stated(T.MONEY) if words[0] != "amount" or words[1] in _PAID else Stated(T.NUMBER)
    if (
        words[-1] in ("on", "until", "till", "for")
        and len(words) > 1
        and (words[-1] != "for" or words[0].endswith("ed"))
    ):
        return Stated(T.DATE)
    if (
        words[-1] in ("from", "to")
        and words[0] in ("valid", "available", "active", "effective", "open", "free")
        and len(words) == 2
    ):
        return Stated(T.DATE)
    return None


def _by_last(name: str, words: list[str]) -> Stated | None:
    last = words[-1]
    if last == "hours" and words[0] in ("opening", "business", "office", "visiting", "store", "shop"):
        return Stated(T.TEXT)
    if last == "size" and words[0] in ("party", "group", "team", "class", "crew", "batch", "household", "family"):
        return Stated(T.INTEGER)
    if (last in _DATETIME_VERBS and len(words) > 1) or name in ("timestamp", "datetime"):
        return Stated(T.DATETIME)
    if last in _DATE:
        return Stated(T.DATE)
    if last == "time":
        return Stated(T.INTEGER) if len(words) > 1 and words[-2] in _DURATION else Stated(T.TIME)
    if last == "page" and words[0] in ("start", "end", "first", "last"):
        return Stated(T.INTEGER)
    if last == "duration":
        return Stated(T.INTEGER)
    if last in ("number", "no", "num"):
        return Stated(T.INTEGER) if len(words) > 1 and words[-2] in _COUNTED else Stated(T.TEXT)
    if last in _MONEY or (
        last == "rate" and words[0] in ("hourly", "daily", "nightly", "weekly", "monthly", "day", "hour")
    ):
        return Stated(T.MONEY)
    if last in _INTEGER_TAIL:
        return Stated(T.INTEGER)
    if last in _NUMBER or last in ("kg", "km", "cm", "lbs", "celsius", "rate"):
        return Stated(T.NUMBER)
    if words[0] in ("rent", "fee", "salary", "deposit") and last in _VARIANTS:
        return Stated(T.MONEY)
    if last == "value" and words[0] in _WORTH:
        return Stated(T.MONEY)
    if last == "since" and len(words) > 1:
        return Stated(T.DATE)
    if last == "paid" and words[0] in ("deposit", "rent", "fee", "bill", "invoice"):
        return Stated(T.FLAG)
    if last in _FLAG_TAIL and len(words) > 1 and guess("_".join(words[:-1])).type is T.TEXT:
        return Stated(T.FLAG)
    if last in ("end", "start", "begin", "expiry") and words[0] in _TERMS and len(words) == 2:
        return Stated(T.DATE)
    if last == "limit":
        return Stated(T.MONEY) if words[0] in _SPENDING else Stated(T.NUMBER)
    if last in ("low", "high", "lower", "upper") and len(words) > 1:
        rest = guess("_".join(words[:-1]))
        return rest if rest.type in (T.NUMBER, T.MONEY, T.INTEGER) else None
    if last == "friendly" and len(words) > 1:
        return Stated(T.FLAG)
    if (
        words[0] in ("last", "next")
        and len(words) == 2
        and (last in _DONE_AT or (last.endswith("ed") and len(last) > 4))
    ):
        return Stated(T.DATE)
    if last in _LISTS and singular(last) != last:
        return Stated(T.LIST, item=T.TEXT)
    return None


_DONE_AT = word_set(
    """
    check inspection service visit cleaning maintenance review checkup vaccination refill watering repair payment
    calibration audit appointment seen fed done made paid
    """
)
_TERMS = word_set(
    """
    warranty contract subscription membership project rental term insurance season semester validity course holiday
    employment trial guarantee license licence
    """
)
_SPENDING = word_set("credit spending monthly weekly daily yearly annual budget price overdraft")
_VARIANTS = word_set("expectation cold warm net gross total monthly yearly weekly min max")
_PAID = word_set(
    "requested approved granted paid due spent owed claimed charged raised pledged donated received refunded billed collected"
)
_WORTH = word_set("face nominal replacement resale trade original purchase total auction")
_FLAG_TAIL = word_set(
    """
    flag enabled completed done active needed allowed included sent received confirmed verified accepted paid signed
    available provided attached approved accessible compatible free proof
    """
)
NOT_NEGATIVE = word_set(
    """
    price cost stock quantity qty age count amount total salary fee budget rent capacity pages weight copies seats
    duration servings calories mileage deposit
    """
)
"""Fields with one of these words are taken to be zero or more."""


def words_last(name: str) -> str:
    return name.rpartition("_")[2]
