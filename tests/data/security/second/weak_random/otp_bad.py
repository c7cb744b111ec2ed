from random import randint

CODES = {}


def send_otp(user):
    CODES[user.id] = f"{randint(0, 999999):06d}"
    user.notify(CODES[user.id])
