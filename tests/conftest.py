"""What all tests share."""

from hypothesis import settings

settings.register_profile("connhub", deadline=None)  # how long a case takes says nothing of it
settings.load_profile("connhub")
