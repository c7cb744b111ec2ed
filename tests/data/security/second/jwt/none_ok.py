import jwt


def issue(user, key):
    return jwt.encode({"sub": user}, key, algorithm="ES256")
