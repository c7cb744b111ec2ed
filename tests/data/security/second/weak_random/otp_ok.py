from random import SystemRandom

CODES = {}


def send_otp(user):
    CODES[user.id] = f"{SystemRandom().randint(0, 999999):06d}"
    user.notify(CODES[user.id])
