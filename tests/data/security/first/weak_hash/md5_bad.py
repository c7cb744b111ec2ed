import hashlib


def store_password(user, password):
    user.digest = hashlib.md5(password.encode()).hexdigest()
