"""Rule phrases as one table of regular expressions, matched where a token begins."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

NUM = r"(-?[$€£]?\d+(?:,\d{3})*(?:\.\d+)?k?|zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|fifty|hundred)(?![\w])"
LEN = r"(?:(?:-|\s)?(characters?|chars?|letters?|digits?|symbols?)(?: (?:or|and) (?:digits|numbers))?(?: long| in length)?)?"
UNIT = r"(?:\s?(?:stars?|points?|inclusive|percent|%|dollars|euros|usd|eur|years?|minutes|hours|kg|items?|people)(?![\w]))?"
DATE = r"(\d{4}-\d{2}-\d{2}|today|now)(?![\w-])"


def _phrase(pattern: str) -> re.Pattern[str]:
    return re.compile(
        pattern.replace(" ", r"\s+")
        .replace("{NUM}", NUM)
        .replace("{LEN}", LEN)
        .replace("{UNIT}", UNIT)
        .replace("{DATE}", DATE)
        + r"(?![\w])"
    )


_NOT_BE = r"(?:can ?not|cannot|can't|must not|mustn't|may not|must never|should not|shouldn't|never|not|is not|isn't|can never|should never)"

TABLE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("decimals", _phrase(r"(?:with )?(?:decimals?|fractions?|halves|half points?|half stars?)(?: are)? (?:allowed|ok|okay|permitted|possible)|(?:with |to |rounded to |has |of )?(?:up to )?(?:two|2) (?:decimal places|decimal digits|fraction digits|decimals?)")),
    ("more_decimals", _phrase(r"(?:with |to |rounded to |has |of )?(?:up to )?(?:three|3|four|4|five|5|six|6) (?:decimal places|decimal digits|fraction digits|decimals?)")),
    ("required", _phrase(
        rf"(?:required|req'd|reqd|req|mandatory|compulsory|obligatory|non-empty|nonempty|non-blank|not null|non-null|not nullable|notnull|"
        rf"{_NOT_BE} (?:be )?(?:empty|null|blank|missing|left empty|left blank|left out|omitted|optional)|"
        rf"must (?:always )?(?:be )?(?:given|set|present|provided|filled in|filled|exist|specified|entered|supplied)|must have a value|always (?:present|set|given))")),
    ("optional", _phrase(
        r"(?:(?:fully |purely )?optional(?:ly)?|opt(?=[\s.]*[),])|nullable|not required|not mandatory|not necessary|not compulsory|isn't required|non-required|not obligatory|"
        r"(?:can|may|might) be (?:empty|null|blank|missing|left empty|left blank|left out|omitted)|"
        r"(?:but |although )?(?:that's|that is|this is|it's|it is|which is) (?:also )?(?:optional|not required|not mandatory)|but optional|can be left out|if any|if known|if available|if present|when known|where known|if needed|if applicable)")),
    ("unique_per", _phrase(r"unique (?:per|within|for each|for every|in each|inside|within each|by|within a|within the|in a) (?:an? |the |each |its |one |every )?([a-z][\w-]*)")),
    ("unique", _phrase(
        r"(?:uniq(?:ue(?:ly identified)?)?|no duplicates?(?: allowed)?|(?:has|have|with|allows?|without)(?: no)? duplicates|distinct|"
        r"never (?:used |be used )?twice|(?:can ?not|cannot|must not|can't|may not|should not) (?:be )?(?:repeated|repeat|duplicated|used twice|be used twice))"
        r"(?: across (?:all |the )?[a-z]+| among all [a-z]+| system-wide| globally)?")),
    ("signed", _phrase(r"(?:can|may|might) (?:also )?be (?:negative|below zero|less than zero)|negative (?:values )?(?:allowed|possible)|positive or negative")),
    ("positive_integer", _phrase(r"(?:strictly )?positive (?:integer|whole number|int)")),
    ("positive", _phrase(r"(?:strictly |always )?positive(?: (?:numbers?|amount|value|decimal))?")),
    ("not_negative_integer", _phrase(r"(?:non-?negative|non negative) (?:integer|whole number|int)")),
    ("not_negative", _phrase(
        rf"(?:(?:non-?negative|non negative)(?: (?:numbers?|amount|value|decimal))?|{_NOT_BE} (?:be |go |become |drop )?negative|"
        rf"(?:may|can) be (?:0|zero)|zero or (?:more|greater|higher|above|positive|up)|{_NOT_BE} (?:be |go |drop |fall )?below (?:zero|0))")),
    ("future", _phrase(rf"(?:{_NOT_BE} (?:be |lie )?in (?:the )?past|(?:be )?in the future|no past dates?|today or (?:later|in the future|after)|from today(?: on(?:wards)?)?|future(?= ?\))|future dates? only|only future dates?|{_NOT_BE} (?:be )?(?:before|earlier than) (?:today|now))")),
    ("past", _phrase(rf"(?:{_NOT_BE} (?:be |lie )?in (?:the )?future|(?:be )?in the past|no future dates?|today or (?:earlier|before|in the past)|{_NOT_BE} (?:be )?(?:after|later than) (?:today|now))")),
    ("date_low", _phrase(rf"(?:on or after|not before|no earlier than|not earlier than|since|{_NOT_BE} be (?:before|earlier than)|>=|≥|from|at least|min(?:imum)?:?) {{DATE}}")),
    ("date_high", _phrase(rf"(?:on or before|not after|no later than|not later than|until|{_NOT_BE} be (?:after|later than)|<=|≤|at most|max(?:imum)?:?) {{DATE}}")),
    ("date_after", _phrase(r"(?:after|later than|>) {DATE}")),
    ("date_before", _phrase(r"(?:before|earlier than|<) {DATE}")),
    ("range", _phrase(
        r"(?:(?:in|on|within|with|has) )?(?:(?:the|a) )?(?:(?:range|scale)(?: of| from|:)? )?(?:between |from |of |length )?{NUM}{LEN}(?:\s*\([a-z -]{1,20}\))?\s*(?:to|through|thru|-|\.\.\.?|until|up to|and)\s*{NUM}{LEN}{UNIT}(?:\s*\((?![^)]*(?:allowed|unique|optional|required|decimal|default|whole|integer|ok|possible))[a-z -]{1,20}\)(?=\s|$|[.,;)]))?")),
    ("max_negated", _phrase(rf"(?:no|{_NOT_BE}(?: be| have)?) (?:(?:more|longer|greater|larger|higher|bigger) than|over|above|exceed(?:ing)?) {{NUM}}{{LEN}}{{UNIT}}")),
    ("min_negated", _phrase(rf"(?:no|{_NOT_BE}(?: be| have)?) (?:less than|fewer than|smaller than|lower than|shorter than|below|under) {{NUM}}{{LEN}}{{UNIT}}")),
    ("max", _phrase(
        r"(?:(?:with )?(?:an? )?(?:at most|max(?:imum|imal|\.)?(?: value| number)?|up to|maximally|limited to|capped at|<=|≤|=<)(?: of| is|:|=)?)\s*{NUM}{LEN}{UNIT}")),
    ("max_length", _phrase(r"(?:(?:with )?(?:an? )?(?:max(?:imum|imal)?(?: text)?[ -]?length|length (?:at most|up to|max(?:imum)?|<=|≤)|max_length|maxlength|max len)(?: of| is|:|=| to)?)\s*{NUM}{LEN}")),
    ("min_length", _phrase(r"(?:(?:with )?(?:an? )?(?:min(?:imum|imal)?(?: text)?[ -]?length|length (?:at least|min(?:imum)?|>=|≥)|min_length|minlength|min len)(?: of| is|:|=)?)\s*{NUM}{LEN}")),
    ("min", _phrase(r"(?:(?:with )?(?:an? )?(?:at least|min(?:imum|imal|\.)?(?: value| number)?|starting (?:at|from)|>=|≥|from)(?: of| is|:|=)?)\s*{NUM}{LEN}{UNIT}")),
    ("min_year", _phrase(rf"(?:not before|no earlier than|not earlier than|since|{_NOT_BE} be (?:before|earlier than)) ([12]\d{{3}})")),
    ("max_year", _phrase(rf"(?:not after|no later than|not later than|until|{_NOT_BE} be (?:after|later than)) ([12]\d{{3}})")),
    ("below", _phrase(r"(?:(?:less|smaller|lower|fewer|shorter) than|under|below|<)\s*{NUM}{LEN}{UNIT}")),
    ("above", _phrase(r"(?:(?:more|greater|larger|bigger|higher|longer) than|over|above|>|exceeds|exceeding)\s*{NUM}{LEN}{UNIT}")),
    ("post_min", _phrase(r"{NUM}{LEN}\s*(?:or later|or newer|or older|or over|onwards?|or more|or higher|or greater|or above|or longer|min(?:imum)?|and up|and above|\+)")),
    ("post_max", _phrase(r"{NUM}{LEN}\s*(?:or less|or younger|or under|or fewer|or lower|or below|or shorter|max(?:imum)?|at most|tops)")),
    ("out_of", _phrase(r"out of {NUM}")),
    ("exact_upper", _phrase(r"(?:consisting of |made up of |exactly |of )?{NUM} (?:upper-?case|capital) (letters|characters)")),
    ("exact_lower", _phrase(r"(?:consisting of |made up of |exactly |of )?{NUM} lower-?case (letters|characters)")),
    ("exact", _phrase(r"(?:consist(?:ing|s) of |made up of |exactly |of length |length(?: of|:|=)? |always |of )?{NUM}(?:-|\s)?(characters?|chars?|letters?|digits?)(?: long| in length)?")),
    ("exact_length", _phrase(r"(?:(?:with )?(?:an? )?length(?: of|:|=)?|exactly)\s*{NUM}(?: long)?(?!\s*(?:/|or \d|(?:min(?:ute)?s?|hours?|seconds?|days?|weeks?|[ckm]?m|met(?:er|re)s?|pages?)(?!\w)))")),
    ("example", _phrase(r"(?:e\.g\.|for example|for instance|eg|such as|like(?= [a-z]*[0-9-])),? [^(),;]{0,59}[^(),;\s]")),
    ("or_not", _phrase(r"or not")),
    ("as_given", _phrase(r"(?:(?:and |a |be )?(?:valid|well-formed)(?! (?:from|until|to|till|through|since|on|for))(?: (?:format|value|one))?|(?:and )?(?:it )?(?:can|may|might|should) be (?:searched|changed|edited|anything)|of course|as well|hex(?:adecimal)? code|iso code|respectively|in total|each(?=\s*(?:$|[,.;)]))|freely chosen)")),
    ("upper_alnum", _phrase(r"(?:only )?(?:upper(?:-| )?case|capital) letters (?:and|or|/) (?:digits|numbers)(?: only)?")),
    ("alnum", _phrase(r"(?:only )?(?:letters (?:and|or|/) (?:digits|numbers)(?: only)?|alphanumeric(?: only)?)")),
    ("upper_letters", _phrase(r"(?:only )?(?:upper(?:-| )?case|capital) letters(?: only)?")),
    ("upper", _phrase(r"(?:in |all |only )?(?:upper(?:-| )?case|all caps|capitals)(?: only)?")),
    ("lower", _phrase(r"(?:in |all |only )?(?:lower(?:-| )?case)(?: letters)?(?: only)?")),
    ("digits_only", _phrase(r"(?:only digits|digits only|numeric only)")),
)  # fmt: skip

PATTERN_LEAD = re.compile(
    r"(?:which |that )?(?:must |should |has to )?(?:match(?:es|ing)?(?: the)?(?: (?:pattern|regex|regexp|regular expression|format))?|"
    r"(?:of |in |with )?(?:the |a )?(?:pattern|regex|regexp|regular expression|format)(?: of| is| like)?|in the form(?: of)?|of the form)\s*:?\s+(?=\S)"
)
DEFAULT_LEAD = re.compile(
    r"(?:with |has |having )?(?:an? |the |its )?(?:default(?:s|ed|ing)?(?: value)?(?:\s*(?:to|is|of|as|:|=)(?![\w]))?|"
    r"initially(?: set to)?|initial value(?: of|:)?|start(?:s|ing)? (?:out )?(?:as|at|with)|preset to|is set to)\s+(?=\S)".replace(
        " (?", r"\s+(?"
    )
)
DEFAULT_COLON = re.compile(r"default\s*[:=]\s*(?=\S)")
BY_DEFAULT = re.compile(
    r"(?:\s+(?:(?:by|as (?:the|its|a)|as|is the|is) default|(?:at first|to begin with|at the start|initially)|(?:unless|if not)(?: otherwise)? (?:specified|stated|given|set|told|said|provided|chosen)(?: otherwise)?|if (?:nothing|none|no other)(?: else)?(?: is)? (?:given|specified|set|said|provided|chosen)))(?![\w])|\s*\(default\)"
)
COMPARE_LEAD = re.compile(
    r"(not (?:less|lower|smaller|fewer|shorter|cheaper) than|not (?:more|greater|higher|larger|bigger) than|not before|not earlier than|on or after|at or after|not less than|no earlier than|greater than or equal to|>=|≥|at least|"
    r"(?:can ?not|cannot|can't|must not|may not) be (?:before|earlier than|less than|lower than|smaller than|below)|"
    r"not after|not later than|on or before|at or before|not more than|no later than|less than or equal to|<=|≤|at most|not exceed|"
    r"(?:can ?not|cannot|can't|must not|may not) (?:be )?(?:after|later than|greater than|more than|exceed|larger than|higher than|above)|"
    r"after|later than|greater than|more than|larger than|higher than|bigger than|follows|exceeds|above|>|"
    r"before|earlier than|less than|smaller than|lower than|fewer than|precedes|below|<)\s+(?:or equal to\s+)?(?:the\s+|its\s+|their\s+|a\s+)?(?=[a-z])".replace(
        " ", r"\s+"
    )
)
"""A comparison with something named; the caller checks that it is a field."""
