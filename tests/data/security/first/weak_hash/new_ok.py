import hashlib

ALGORITHM = "sha512"


def sign(secret, body):
    digest = hashlib.new(ALGORITHM)
    digest.update(secret + body)
    return digest.digest()
