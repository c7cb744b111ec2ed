"""The vocabulary of the reader: which words carry a meaning, and which are only wrapping."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _set("a an the each every all any some my our their its his her your these those this that both such")

QUANTIFIERS = _set("many multiple several various different")

FILLER = DETERMINERS | _set(
    """
    pls thx ty cheers lil wee love construct craft produce prepare oh um hmm ah yeah btw folks guys asap lol got
    please hi hello hey thanks thank kindly so well just also too then there here basically really very quite ok okay
    them i we you me us it they he she one's we're it's that's there's they're you're she he her him i'd i'm we'd i'll let let's lets want wants need needs needed would like could
    can must will shall should may might be is are am was being been do does did have has had get gets having
    run runs running build create make write generate develop design implement provide give set up setup add offer support supports
    supporting allow allows allowing enable enables able let letting help helps helping use using used
    manage manages managing track tracks tracking store stores storing keep keeps keeping record records recording
    collect collects collecting note down logs enters save saves saving handle handles handling hold holds holding maintain maintains maintaining organise organize log logging register registering
    organising organizing administer administering list lists
    expose exposes exposing contain contains containing include includes including consist consists consisting
    comprise comprises where which who whose when what how
    rest restful api apis json http crud endpoint endpoints backend back-end app apps application applications service
    services server system systems software tool tools program project's web-service platform database db
    simple small basic little tiny minimal plain straightforward nice new good proper quick clean modern
    and or plus with for of to in on at by from as about into via through per over
    following below these called named fields field attributes attribute properties property columns column data model
    models entity entities resource resources table tables information info details type types value values
    something thing things stuff e.g eg i.e ie etc
    read update delete view edit remove operations operation full standard usual
    # * - • · – — , . : ; ( ) [ ] / & + ! ? " ' ` _ > < | = -> => ... .. ::
    """
)
"""Words that alone carry nothing; never reported on their own."""

APP_NOUNS = _set(
    """
    api apis app apps application applications backend back-end service system tracker manager management platform
    database db server tool software website webapp web-app site catalogue catalog registry keeper organiser organizer
    directory board register planner logger log list shortener collection watchlist wishlist
    """
)
"""Words after the topic: `todo API`, `library management system`."""

APP_ADJECTIVES = _set(
    """
    simple small basic little tiny minimal personal online rest restful crud json http new modern nice good full
    complete lightweight internal public private own web multi-user multiuser secure
    """
)

MAKE_VERBS = _set(
    """
    construct craft produce prepare
    build create make write generate develop design implement manage manages managing track tracks tracking store stores
    storing keep keeping record records recording save saving handle handles handling hold holds holding maintain
    maintaining organise organize organising organizing administer administering need want have provide list collect
    collecting log logging catalogue register registering
    """
)

RESOURCE_LEADS = (
    _set("for of manage manages managing track tracks tracking store stores storing save saving") | MAKE_VERBS
)
"""After one of these a plain noun is something to store."""

HAS_VERBS = _set(
    """
    with has have having contains contain containing includes include including holds hold holding
    comprises needs need requires require carry
    """
)
FIELD_NOUNS = _set("fields field attributes attribute properties property columns column following data details")

STOP = (
    DETERMINERS
    | HAS_VERBS
    | _set(
        """
        consist consists and or plus but for of to in on at by from as about into via through with without which who whose where when
        while if is are was be been being must should shall can could may might will would cannot can't do does not
        no belongs belong belonging references reference refers linked assigned related attached associated
        i we you they he she it me us them isn't aren't doesn't don't won't using so then also only please want like let per than it's consisting comprising got pls thx
        """
    )
)
"""Words that end a name."""

OF_HEADS = _set(
    """
    number date time place year count amount level rate state country city unit day point cost type kind name list lists
    array arrays set length size title bill proof area head years months weeks days hours minutes cause method mode source
    means form degree terms balance part
    """
)
"""`number of pages`: `of` stays inside the name after these."""

WELL_KNOWN: dict[str, str] = {
    "todo": "title, description, due date, done",
    "task": "title, description, due date, done",
    "note": "title, body",
    "book": "title, author, isbn, year",
    "contact": "name, email, phone, notes",
    "product": "name, description, price, stock",
    "item": "name, description, quantity",
    "order": "number, date, status, total",
    "user": "name, email",
    "customer": "name, email, phone",
    "client": "name, email, phone",
    "member": "name, email",
    "person": "name, email",
    "author": "name, bio",
    "event": "title, description, date, location",
    "post": "title, body",
    "article": "title, body",
    "comment": "body",
    "message": "body",
    "review": "rating, comment",
    "invoice": "number, date, amount, paid",
    "employee": "name, email, position, hire date",
    "expense": "description, amount, date, category",
    "recipe": "title, ingredients, instructions",
    "movie": "title, director, year",
    "film": "title, director, year",
    "song": "title, artist, duration",
    "album": "title, artist, year",
    "student": "name, email",
    "teacher": "name, email",
    "course": "title, description",
    "car": "make, model, year",
    "vehicle": "make, model, year",
    "company": "name, website",
    "category": "name",
    "tag": "name",
    "project": "name, description",
    "ticket": "title, description, status",
    "issue": "title, description, status",
    "booking": "date, notes",
    "reservation": "date, notes",
    "appointment": "date, time, notes",
    "room": "name, capacity",
    "pet": "name, species, birth date",
    "animal": "name, species",
    "patient": "name, birth date, phone",
    "doctor": "name, specialty",
    "supplier": "name, email, phone",
    "vendor": "name, email, phone",
    "bookmark": "title, url",
    "link": "title, url",
    "habit": "name, description",
    "workout": "name, date, duration",
    "exercise": "name, description",
    "plant": "name, species",
    "game": "title, genre, year",
    "job": "title, description, location",
    "lead": "name, email, phone",
    "deal": "title, amount, stage",
    "address": "street, city, postal code, country",
    "payment": "amount, date",
    "transaction": "amount, date, description",
    "account": "name, balance",
    "team": "name",
    "artist": "name, country",
    "track": "title, duration",
    "episode": "title, number",
    "grade": "score, date",
    "trainer": "name, email",
    "player": "name, position",
    "department": "name",
    "loan": "date, due date",
    "asset": "name, serial number, value",
    "feature": "title, description",
    "question": "body",
    "answer": "body",
    "quote": "body, author",
    "playlist": "name, description",
    "photo": "title, url",
    "meeting": "title, date, notes",
    "lesson": "title, content",
    "reminder": "title, due date",
    "goal": "title, description, due date",
    "group": "name, description",
    "restaurant": "name, address, phone",
    "hotel": "name, address",
    "city": "name, country",
    "country": "name, code",
    "location": "name, address",
    "venue": "name, address, capacity",
    "warehouse": "name, location",
    "device": "name, serial number",
    "sensor": "name, location",
    "subscription": "name, price, start date",
    "donation": "amount, date",
    "flight": "number, departure time, arrival time",
    "shipment": "tracking number, status",
    "store": "name, address",
    "shop": "name, address",
    "school": "name, address",
    "class": "name",
    "guest": "name, email",
    "wine": "name, year, country",
    "dog": "name, breed, age",
    "cat": "name, breed, age",
    "house": "address, price",
    "property": "address, price",
    "apartment": "address, rent",
    "tenant": "name, email, phone",
    "option": "text",
    "poll": "question, closing date",
    "entry": "title, body",
    "page": "title, body",
    "document": "title, body",
    "file": "name, size",
    "snippet": "title, code",
    "inventory item": "name, quantity",
    "sentence": "text",
    "example": "text",
    "definition": "text",
    "verse": "text",
}
"""Typical fields of well-known things, used where a resource is named without any."""
