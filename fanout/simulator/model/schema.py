"""What a tool's JSON Schema says, read once into plain fields.

Strategy: a schema may be anything a learner wrote, so every key is looked at for what it is and
ignored when it is not that. `words` are the stems that speak for a parameter, with weights: its
name says most, its description less.

A notebook offers the same tools in each of its requests, so `read_tools` keeps what it read. Readings
compare by identity: the same tools are the same object, and whatever follows from them can be kept
under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fanout.conversation import Tool
from fanout.dialects.keeping import kept_as_json, kept_by_identity
from fanout.simulator.model.text import SMALL, STOP, content_stems, name_words, stem, text_words

KINDS = {
    "currency": "currency currencies",
    "email": "email",
    "url": "url uri link website",
    "date": "date day when deadline checkin checkout birthday weekday",
    "time": "time clock hour",
    "language": "language lang locale",
    "ticker": "ticker symbol",
    "place": "city location destination origin country place state region area town address airport "
    "departure arrival province county neighborhood loc capital territory zone timezone",
    "id": "id code identifier number sku isbn zip postal phone account",
    "text": "text message body content query phrase sentence note question comment prompt",
    "title": "title subject headline heading",
    "unit": "unit units",
    "sort": "type category genre kind format mode style method",
    "person": "person author artist actor player president customer director composer scientist "
    "employee user patient client guest singer writer painter athlete contact recipient "
    "assignee owner attendee participant organizer reviewer passenger driver teacher student "
    "to cc team company museum hotel restaurant brand institution bank species",
}
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
# A description may settle a kind that the name leaves open, but only with these surer words.
_FROM_DESCRIPTION = ("currency", "email", "date", "language", "place")

_ROLES = {
    "from": "from origin source start base departure lower min begin initial first in old "
    "starting minimum low 1",
    "to": "to destination target end arrival upper max final second out new ending into "
    "maximum high until 2",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_LIST = re.compile(r",\s*|\s+or\s+|\s+and\s+|/")
_QUOTED = re.compile(r"['‘\"“]([^'’\"”\n]{1,40})['’\"”]")
_EXAMPLES = re.compile(
    r"(?:e\.?g\.?,?|such as|for example,?|like|including|options:?|either|or|\()\s*:?\s*"
    r"([^.()\n;]{2,120})",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Param:
    """One parameter of a tool."""

    name: str
    type: str
    required: bool
    schema: Mapping[str, Any]
    kind: str = ""
    role: str = ""
    words: Mapping[str, float] = field(default_factory=dict)
    enum: tuple[Any, ...] = ()
    options: tuple[str, ...] = ()
    """Values that the description names as examples; a text may use them or others."""
    inner: tuple[Param, ...] = ()
    item: Param | None = None

    @property
    def numeric(self) -> bool:
        """Whether the value is a number."""
        return self.type in ("integer", "number")


@dataclass(frozen=True, eq=False)
class Reading:
    """One tool as the model reads it."""

    name: str
    params: tuple[Param, ...]
    title: tuple[str, ...]
    words: Mapping[str, float]

    @cached_property
    def required(self) -> tuple[Param, ...]:
        """The parameters that every call must carry."""
        return tuple(p for p in self.params if p.required)

    @cached_property
    def leaves(self) -> tuple[Param, ...]:
        """The parameters that take a plain value; those inside objects are named `outer\\0inner`."""
        return tuple(_leaves(self.params, "", True))


def _leaves(params: Sequence[Param], prefix: str, needed: bool) -> Iterator[Param]:
    for p in params:
        path = prefix + p.name
        if p.type == "object" and p.inner:
            yield from _leaves(p.inner, path + "\0", needed and p.required)
        else:
            yield replace(p, name=path, required=needed and p.required)


def read_tools(tools: Sequence[Tool]) -> tuple[Reading, ...]:
    """Read the tools of a request; those that say the same give the same readings again."""
    return _read_tuple(tuple(tools))


@kept_by_identity
def _read_tuple(tools: tuple[Tool, ...]) -> tuple[Reading, ...]:
    return _read_fields([(t.name, t.description, t.parameters) for t in tools])


@kept_as_json
def _read_fields(fields: Sequence[tuple[str, str, Any]]) -> tuple[Reading, ...]:
    return tuple(_read(*each) for each in fields)


def _read(name: str, description: str, parameters: Any) -> Reading:
    """Read a tool's name, description and parameters."""
    root = parameters if isinstance(parameters, Mapping) else {}
    params = _params(root, root, 0)
    if _MONEY & set(content_stems([*name_words(name), *text_words(description or "")])):
        params = tuple(_in_money(p) for p in params)
    title = tuple(stem(w) for w in name_words(name) if w not in SMALL and len(w) > 1)
    words: dict[str, float] = {}
    for p in params:
        for word, weight in p.words.items():
            words[word] = max(words.get(word, 0.0), 0.6 * weight)
        for option in (*p.enum, *p.options):
            for word in content_stems(text_words(str(option))):
                words[word] = max(words.get(word, 0.0), 0.6)
    for word in content_stems(text_words(description or "")):
        words[word] = max(words.get(word, 0.0), 1.0)
    for word in title:
        words[word] = 2.0
    return Reading(name, params, title, words)


_MONEY = frozenset((stem("currency"), stem("exchange")))
_ENDS = frozenset("base quote source target from to".split())


def _in_money(param: Param) -> Param:
    """A tool of currencies takes them in `base` and `target` too, whatever is said of these."""
    plain = param.type == "string" and param.kind in ("", "person")
    return replace(param, kind="currency") if plain and param.name in _ENDS else param


def _params(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> tuple[Param, ...]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or depth > 4:
        return ()
    listed = schema.get("required")
    required = listed if isinstance(listed, (list, tuple)) else ()
    return tuple(
        _param(str(name), sub, name in required, root, depth) for name, sub in properties.items()
    )


def _param(name: str, sub: Any, required: bool, root: Mapping[str, Any], depth: int) -> Param:
    schema = _resolve(sub, root)
    description = str(schema.get("description") or "")
    names = name_words(name)
    kind = _kind(names, description, schema)
    items = schema.get("items")
    type_ = _type(schema)
    return Param(
        name=name,
        type=type_,
        required=required,
        schema=schema,
        kind=kind,
        role=next((_ROLE_OF[w] for w in names if w in _ROLE_OF), ""),
        words=_words(names, description),
        enum=_enum(schema),
        options=_options(schema, description),
        inner=_params(schema, root, depth + 1),
        item=_param(name, items, True, root, depth + 1) if type_ == "array" and depth < 4 else None,
    )


def _resolve(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that counts: references followed, the first real alternative taken."""
    for _ in range(8):
        if not isinstance(schema, Mapping):
            return {}
        step = _pointed(schema.get("$ref"), root)
        for key in ("anyOf", "oneOf", "allOf"):
            several = schema.get(key)
            if step is None and isinstance(several, list) and several:
                real = [s for s in several if isinstance(s, Mapping) and s.get("type") != "null"]
                step = real[0] if real else None
        if step is None:
            return schema
        rest = {k: v for k, v in schema.items() if k not in ("$ref", "anyOf", "oneOf", "allOf")}
        schema = {**step, **rest} if isinstance(step, Mapping) else step
    return schema if isinstance(schema, Mapping) else {}


def _pointed(ref: Any, root: Mapping[str, Any]) -> Any:
    if not isinstance(ref, str) or not ref.startswith("#/"):
        return None
    at: Any = root
    for part in ref[2:].split("/"):
        at = at.get(part) if isinstance(at, Mapping) else None
    return at


def _type(schema: Mapping[str, Any]) -> str:
    given = schema.get("type")
    if isinstance(given, (list, tuple)):
        given = next((t for t in given if t != "null"), None)
    if given in ("string", "integer", "number", "boolean", "array", "object"):
        return str(given)
    if "properties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    enum = _enum(schema)
    if enum and all(isinstance(v, int | float) and not isinstance(v, bool) for v in enum):
        return "number"
    return "string"


def _enum(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    if "const" in schema:
        return (schema["const"],)
    enum = schema.get("enum")
    return tuple(enum) if isinstance(enum, (list, tuple)) else ()


def _kind(names: list[str], description: str, schema: Mapping[str, Any]) -> str:
    """What sort of thing the parameter takes, as its format, name or description has it."""
    if schema.get("format") in ("date", "email", "time", "uri"):
        return "url" if schema["format"] == "uri" else str(schema["format"])
    for word in reversed(names):
        kind = _KIND_OF.get(word) or _KIND_OF.get(word.rstrip("s"))
        if kind:
            return kind
    said = [_KIND_OF.get(w.lower()) for w in text_words(description)[:14]]
    return next((k for k in said if k in _FROM_DESCRIPTION), "")


def _words(names: list[str], description: str) -> dict[str, float]:
    words: dict[str, float] = {}
    cryptic = all(len(w) <= 2 for w in names)
    for word in content_stems(text_words(description)):
        words[word] = 0.8 if cryptic else 0.4
    for word in names:
        if word not in STOP or len(names) == 1 or word in ("type", "format", "number", "name"):
            words[stem(word)] = 1.0
    return words


def _options(schema: Mapping[str, Any], description: str) -> tuple[str, ...]:
    found: list[str] = [m[1] for m in _QUOTED.finditer(description[:600])]
    for match in _EXAMPLES.finditer(description[:600]):
        parts = _LIST.split(match[1])
        found += [p.strip(" '\"‘’“”") for p in parts]
    examples = schema.get("examples")
    found += [e for e in examples if isinstance(e, str)] if isinstance(examples, list) else []
    default = schema.get("default")
    found += [default] if isinstance(default, str) else []
    kept = [f.removeprefix("or ") for f in found if f and len(f.split()) <= 4]
    plain = (k for k in kept if k.split()[0].lower() not in STOP and k not in ("None", "True"))
    return tuple(dict.fromkeys(plain))
