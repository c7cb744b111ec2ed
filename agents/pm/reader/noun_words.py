"""Words that end a name, or stand inside one."""

from __future__ import annotations

from agents.pm.reader.wordset import word_set

STANDING = word_set("on in at under off for")
NO_STATE = word_set(
    "total detail general addition particular short minutes hours days months years weeks kg km cm usd eur"
)
MUST = word_set("must should cannot can't has may is are")
NAMING = word_set("name title code number")
JOINS = word_set("register enrol enroll apply sign")
POINTS = word_set("points point refers refer relates maps leads")
FLAGGED = word_set("yes boolean bool flag true")
PARTICLES = word_set("in out up off back over")
PHRASAL = word_set("move check sign log drop pick hand call go clock moving")
PHRASAL_ENDS = word_set("at on and default flag yes by")
FOUND = word_set("found made seen built grown born")
MOMENTS = word_set("date datetime timestamp")
ENDING = MOMENTS | MUST
RULE_STARTERS = word_set(
    """
    required optional unique mandatory nullable positive non-negative nonnegative distinct
    """
)

RUNS = word_set(
    """
    manages tracks stores keeps handles runs offers sells rents organises organizes maintains records holds lends
    provides registers collects wants needs logs enters saves adds creates uploads submits
    """
)
LIVES = word_set(
    """
    run race compete serve train perform sleep park work live sit stay play report happen appear stand reside
    runs races competes serves trains teaches performs sleeps parks docks
    works lives sits stays plays reports belongs happens appears stands resides studies come comes
    """
)
ATTENDS = word_set("attend join visit follow like watch borrow rent teach play rate review order buy read sell request")
SPANS = word_set("salary price valid range age date year budget amount")
DO = word_set(
    "submit file write post create buy sell borrow upload add place make manage track own keep enter book "
    "publish teach offer host organise organize"
)
TO = word_set("in to on at by")
LINKS = word_set(
    "linking connecting joining links link connects connect joins join assigns enrols enrolls relates ties pairs"
)
PARTICIPLES = word_set(
    """
    paid sent made taken sold bought given begun began seen starts ends start end written born expires begins opens
    closes
    departs arrives leaves
    lands takes finishes ends launches boards checks resumes renews retires runs valid good departure
    ready available open back
    found spent lost caught cut met put set spoken chosen driven flown thrown worn won shot fed led heard told
    happens read begin held kept built done left lent due
    """
)
ENUM_HEADS = word_set(
    """
    type kind status state category priority severity level size gender sex colour color mood condition
    difficulty group membership plan stage class rank tier frequency channel unit currency language role shift
    season weekday voice fuel transmission gearbox material surface mode genre theme style visibility weather
    reason outcome result rsvp decision
    """
)
"""A plain list of words behind one of these is a list of choices."""
