"""Words of a catalogue and of a customer, cut so that PostgreSQL can match them.

Trigrams do not help a Chinese term of two characters, and PostgreSQL's parsers do not
cut Chinese. A run of Han characters becomes its single characters and its pairs;
letters and digits stay words, matched from their start. Beside the name stand its
pinyin and its initials, so that ``maotai`` and ``mt`` find 茅台 (SRCH-01).

Nothing here knows Odoo or the database.
"""

import re
import unicodedata

from pypinyin import lazy_pinyin

_HAN_CLASS = "\u3400-\u9fff\U00020000-\U0003ffff"
_PIECES = re.compile(rf"[{_HAN_CLASS}]+|[a-z0-9]+(?:\.[0-9]+)?")
_HAN = re.compile(rf"[{_HAN_CLASS}]")
#: "500ml", "53度" and "2016年" are a number and its unit
_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([a-z]+)")
#: years asked for as a span: 2010-2015
_YEARS = re.compile(
    r"^(1[89][0-9]{2}|20[0-9]{2})\s*[-~～至到]\s*(1[89][0-9]{2}|20[0-9]{2})$"
)
MAX_TERMS = 8
MAX_TERM_LENGTH = 40


def normalize(text):
    """Full width to half width, no accents, lower case."""
    text = unicodedata.normalize("NFKD", text or "")
    text = "".join(char for char in text if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", text).lower()


def has_han(text):
    return bool(_HAN.search(text))


def pieces(text):
    """Runs of Han characters, words and numbers of a text, in reading order."""
    result = []
    for piece in _PIECES.findall(normalize(text)):
        match = _NUMBER_AND_UNIT.fullmatch(piece)
        result += [piece, *match.groups()] if match else [piece]
    return result


def document_tokens(text, *, pinyin=False):
    """Everything a customer may find a text by, as a list without repeats.

    :param bool pinyin: also the syllables, run together, and the initials
    """
    tokens = []
    for piece in pieces(text):
        if not has_han(piece):
            tokens.append(piece)
            continue
        tokens += list(piece)
        tokens += [piece[at : at + 2] for at in range(len(piece) - 1)]
        if pinyin:
            tokens += _pinyin_tokens(piece)
    return list(dict.fromkeys(tokens))


def _pinyin_tokens(han):
    """``maotaijiu``, ``taijiu``, ``jiu`` and ``mtj``, ``tj``: any part may be typed."""
    syllables = [part for part in lazy_pinyin(han) if part.isascii() and part.isalpha()]
    initials = "".join(part[0] for part in syllables)
    starts = range(len(syllables))
    return [
        *("".join(syllables[at:]) for at in starts),
        *(initials[at:] for at in starts[:-1]),
    ]


def split_terms(search):
    """The words a customer typed: each must be found.

    :return: list of at most ``MAX_TERMS`` normalized terms
    """
    terms = normalize(search).split()
    return [term[:MAX_TERM_LENGTH] for term in terms[:MAX_TERMS]]


def term_query(term):
    """One typed term as a ``tsquery`` in PostgreSQL's notation, or "" for no word.

    Pairs of Han characters must all be there; a single one is enough when it stands
    alone; letters and digits match from the start of a word.
    """
    parts = []
    for piece in _PIECES.findall(normalize(term)):
        if not has_han(piece):
            parts.append(f"{_quote(piece)}:*")
        elif len(piece) == 1:
            parts.append(_quote(piece))
        else:
            parts += [_quote(piece[at : at + 2]) for at in range(len(piece) - 1)]
    return " & ".join(parts)


def any_of(queries):
    """Alternatives, such as synonyms."""
    queries = [query for query in dict.fromkeys(queries) if query]
    return " | ".join(f"({query})" for query in queries)


def all_of(queries):
    return " & ".join(f"({query})" for query in queries if query)


def sound_of(term):
    """The pinyin of a term with Han characters, for characters typed wrongly; or ""."""
    if not has_han(term):
        return ""
    return "".join(
        part
        for part in lazy_pinyin(normalize(term))
        if part.isascii() and part.isalnum()
    )


def years_of(term):
    """``2010-2015`` as (2010, 2015), the smaller first; None for anything else."""
    match = _YEARS.match(term)
    if not match:
        return None
    first, last = sorted(int(year) for year in match.groups())
    return first, last


def vector(groups):
    """Lines of tokens with weights as a ``tsvector`` in PostgreSQL's notation.

    :param groups: iterable of (weight letter A to D, iterable of tokens); a token that
        stands in several groups keeps the best weight
    """
    weights = {}
    for weight, tokens in groups:
        for token in tokens:
            weights[token] = min(weight, weights.get(token, weight))
    return " ".join(
        f"{_quote(token)}:1{weight}" for token, weight in sorted(weights.items())
    )


def _quote(token):
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
