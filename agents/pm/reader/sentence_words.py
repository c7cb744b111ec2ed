"""Words that begin, link or wrap statements."""

from __future__ import annotations

from agents.pm.reader.wordset import word_set

GENERIC_HEADS = word_set(
    """
    fields field attributes properties columns resources resource entities entity models model data tables
    requirements features rules notes it objects types collections things
    """
)
ACTORS = word_set("user users people person everyone anyone client clients admin admins")
SCENE = word_set("for from of in at by on")
OWNS = word_set("has have contains contain includes include holds hold")
RECORDS = word_set("record store keep need want save track log note know remember save hold register see")
WE = word_set("i we you they he she")
POSTS = word_set("post submit add create write leave send enter upload propose file report publish share record log")
THROUGH = word_set("through via in with using as by")
HAVING = word_set("have had own read like want")
NEVER = word_set("can't cannot not never mustn't shouldn't won't")
THING_WORDS = word_set("resource resources entity entities object objects model models table tables")
TO_DO = word_set(
    "plan sell rent book share rate review file schedule monitor submit publish lend order compare run catalogue "
    "propose suggest recommend nominate"
)
SETS = word_set(
    """
    inventory list collection catalogue catalog register database log fleet overview set archive library stock pool
    range menu directory
    """
)
