"""The errors a caller can meet, by what it can do about them.

KGError                  anything Dealgraph refuses to do, said in one sentence
 ├─ InputError           an input is missing, unreadable or malformed: mend it or leave it out
 ├─ SettingsError        a setting, pattern, list or decision is wrong: mend that file or flag
 ├─ OutputError          the output folder or store cannot be used: choose another one
 └─ QueryError           the query cannot be answered: mend the query
"""

from __future__ import annotations


class KGError(Exception):
    """Root of all errors of this package; its text names the value, the reason and the way out."""


class InputError(KGError):
    """An input cannot be used."""


class SettingsError(KGError):
    """A setting, pattern file, gazetteer or decision cannot be used."""


class OutputError(KGError):
    """The output folder or the store cannot be written or read."""


class QueryError(KGError):
    """A query cannot be answered."""
