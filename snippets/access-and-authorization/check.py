"""Decides for Apache whether a password is right: True, False, or None for a user it does not know."""

import hashlib
import hmac

# By user a salt of its own, and what scrypt makes of it and of: correct horse
KNOWN = {
    "ada": (
        "10498a02d5cb428a847c558a9488c39c",
        "cd15389c8595e4bbc7b0fa8c5539873a7f7fa7711db88f87ec864297a3e8625b",
    )
}


def hashed(password, salt):
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1, dklen=32).hex()


def check_password(environ, user, password):
    if user not in KNOWN:
        return None
    salt, expected = KNOWN[user]
    return hmac.compare_digest(hashed(password, salt), expected)
