"""How a text is cut into the pieces of a stream, the same for every dialect and on every machine.

Arguments are cut anywhere, as a client must expect; a text is cut into words, as a person reads it.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable

from fanout.dialects.tokens import BYTES_PER_TOKEN

# A word with the space before it, up to three digits, or one other sign: how "The sum of 2 and 3"
# arrives in the recordings (charmbracelet/fantasy, openai-gpt-4o-mini/multi_tool_streaming.yaml).
# The limits keep a text without spaces from arriving as one piece.
_WORD = re.compile(r" ?[^\W\d_]{1,12}|\d{1,3}|.", re.DOTALL)


def fragments(text: str, seed: str, longest: int = 8) -> list[str]:
    """Cuts a text anywhere into pieces of 1 to `longest` characters, the same for the same seed.

    A cut may fall inside a key, a number or an escape such as `\\u00e9`, and between the two halves
    of `\\ud83d\\ude00`. The pieces join to the text; an empty text has none.

    The recorded fragments of Chat Completions have up to 8 characters and end in the middle of the
    JSON (verbatim, gpt-4o, gpt-4o-mini and gpt-5); that they may end anywhere is inferred.
    """
    if longest < 1:
        raise ValueError(
            f"The longest fragment cannot have {longest} characters; ask for 1 or more."
        )
    lengths = dice(f"fragments {seed}")
    pieces, start = [], 0
    while start < len(text):
        end = start + 1 + int(lengths.random() * longest)
        pieces.append(text[start:end])
        start = end
    return pieces


def words(text: str) -> list[str]:
    """Cuts a text as a model writes it: words with the space before them, digits and signs."""
    return _WORD.findall(text)


def weights(pieces: Iterable[str]) -> list[int]:
    """The tokens of each piece; together they are what `count_tokens` says of the joined text.

    A piece that ends inside a token takes none, and the piece that completes it one.
    """
    size, counted, result = 0, 0, []
    for piece in pieces:
        size += len(piece.encode("utf-8", "surrogatepass"))
        tokens = -(-size // BYTES_PER_TOKEN)
        result.append(tokens - counted)
        counted = tokens
    return result


def dice(seed: str) -> random.Random:
    """A source of numbers that depends on the seed alone; draw only with its `random()`.

    Python promises the same sequence in every version for `random()`, not for `choice` and others.
    """
    # surrogatepass: a seed may be a learner's text with half a surrogate pair in it
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    return random.Random(int.from_bytes(digest))
